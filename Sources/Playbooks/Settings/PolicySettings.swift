package import ClusterModel

/// What the planner keeps to.
package struct PolicySettings: Hashable, Sendable {
    /// What a workload without a budget is held to.
    package enum DefaultBudget: Hashable, Sendable, CustomStringConvertible {
        /// Nothing: all of its pods may be down at once.
        case none
        /// As by a budget with this `maxUnavailable`.
        case maxUnavailable(CountOrPercent)

        package var description: String {
            switch self {
            case .none: "none"
            case .maxUnavailable(let value): value.description
            }
        }
    }

    /// How many nodes of a pool may be out of service at once.
    package struct Pool: Hashable, Sendable {
        package var selector: LabelSelector
        package var maxOut: CountOrPercent

        package init(selector: LabelSelector, maxOut: CountOrPercent) {
            self.selector = selector
            self.maxOut = maxOut
        }
    }

    /// A small first wave of workers, and how long it is watched.
    package struct Canary: Hashable, Sendable {
        package var nodes: Int
        package var soak: Duration

        package init(nodes: Int = 1, soak: Duration = .seconds(300)) {
            self.nodes = nodes
            self.soak = soak
        }
    }

    /// What a drain does with the pods of Jobs.
    package enum Jobs: Hashable, Sendable {
        case evict
        case wait(upTo: Duration)

        /// Reads `evict` or `wait:DURATION`.
        package init?(_ text: some StringProtocol) {
            if text == "evict" {
                self = .evict
                return
            }
            guard text.hasPrefix("wait:"), let limit = DurationText.parse(text.dropFirst(5)), limit > .zero else {
                return nil
            }
            self = .wait(upTo: limit)
        }
    }

    /// An obstacle that somebody has answered for; the planner knows which rules there are.
    package struct Waiver: Hashable, Sendable {
        package var rule: String
        /// A node's name, or the `NAMESPACE/NAME` of a pod or budget.
        package var subject: String
        /// A day, which counts to its end, or a moment in RFC 3339.
        package var until: String
        package var reason: String
        /// Where it stands in the file, from 1.
        package var line: Int

        package init(rule: String, subject: String, until: String, reason: String, line: Int) {
            self.rule = rule
            self.subject = subject
            self.until = until
            self.reason = reason
            self.line = line
        }
    }

    /// How many nodes may be out of service at once.
    package var maxOut = CountOrPercent.count(1)
    /// The same for each zone; nil sets no limit.
    package var perZone: CountOrPercent?
    package var pools: [Pool] = []
    package var oneZoneAtATime = false
    package var defaultBudget = DefaultBudget.maxUnavailable(.count(1))
    package var canary: Canary?
    package var jobs = Jobs.evict
    /// Nodes that are left alone.
    package var skip: [String] = []
    /// Nodes still to come are marked so that the scheduler prefers others.
    package var steering = true
    package var waivers: [Waiver] = []
    /// How many nodes must have failed before nothing new starts.
    package var maxFailures = 1
    package var onFailure = OnFailure.hold
    package var onDrift = OnDrift.replan
    package var pace = Pace.wave
    package var onWindowClose = OnWindowClose.finish

    /// When nodes of the next wave start.
    package enum Pace: String, CaseIterable, Hashable, Sendable {
        /// Once the wave before is done.
        case wave
        /// As soon as their own proof holds, also beside a straggler.
        case eager
    }

    /// What becomes of nodes that are out when a maintenance window closes.
    package enum OnWindowClose: String, CaseIterable, Hashable, Sendable {
        case finish
        /// They stop after their present step until the next window.
        case pause
    }

    /// What becomes of a node whose service failed.
    package enum OnFailure: String, CaseIterable, Hashable, Sendable {
        /// It stays cordoned, for somebody to look at.
        case hold
        /// What was done is taken back by the steps' `undo` where every one has it, and the node returns to service.
        case undo
    }

    /// What a run does where the cluster is no longer as it was planned for.
    package enum OnDrift: String, CaseIterable, Hashable, Sendable {
        case replan
        case halt
    }

    package init() {}
}
