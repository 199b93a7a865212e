import TestSupport

/// A random campaign, the same for the practice cluster and for a real one: what runs, and what goes wrong meanwhile. All of
/// it follows from one seed.
package struct CampaignScript: Sendable {
    package struct App: Sendable, Hashable {
        package let name: String
        package let replicas: Int
        /// A StatefulSet; else a Deployment.
        package let isOrdered: Bool
        package let rule: Rule
    }

    /// A budget's.
    package enum Rule: Sendable, Hashable {
        /// As `2` or `25%`.
        case maxUnavailable(String)
        case minAvailable(Int)
    }

    package enum Fault: Sendable, Hashable {
        /// The machine of the node with this number, from 1, goes away and comes back.
        case loss(node: Int)
        /// The first app asks for so many pods.
        case scale(Int)
        /// The first app's budget becomes `maxUnavailable: 1`.
        case tighten
        /// The controllers stand still for four seconds.
        case controllersStop
        /// The run loses sight of the cluster.
        case blind
        /// The run sees for three seconds what was.
        case late
    }

    package let seed: UInt64
    package let apps: [App]
    /// Of the nodes to service.
    package let nodeCount: Int
    /// How many nodes may be out at once.
    package let maxOut: Int
    private var random: SplitMix

    package init(seed: UInt64) {
        self.seed = seed
        var random = SplitMix(seed: seed)
        // Small ones: a thousand of them must cost less than half a minute.
        nodeCount = random.below(8) == 0 ? 4 : 3
        maxOut = 1 + random.below(2)
        apps = (0..<(1 + random.below(2))).map { number in
            let replicas = 1 + random.below(3)
            let limits = ["1", "25%", "50%", "2"]
            let isMinimum = random.below(2) == 0
            let minimum = max(0, replicas - 1 - random.below(2))
            return App(
                name: "app\(number)",
                replicas: replicas,
                isOrdered: random.below(3) == 0,
                rule: isMinimum ? .minAvailable(minimum) : .maxUnavailable(limits[random.below(4)])
            )
        }
        self.random = random
    }

    package mutating func below(_ bound: Int) -> Int { random.below(bound) }

    /// What goes wrong next.
    package mutating func fault() -> Fault {
        switch below(6) {
        case 0: .loss(node: 1 + below(nodeCount + 1))
        case 1: .scale(1 + below(4))
        case 2: .tighten
        case 3: .controllersStop
        case 4: .blind
        default: .late
        }
    }
}
