package import ClusterModel

/// A whole campaign: which nodes leave service together, in which order, and where their pods can go meanwhile.
package struct Plan: Hashable, Sendable {
    package var campaign: Campaign
    package var policy: Policy
    /// What runs on each node, whole, so that a run does what was planned and nothing else.
    package var playbook: AttachedPlaybook?
    /// When the cluster was read.
    package var createdAt: Instant
    package var waves: [Wave]
    package var findings: [Finding]
    package var bounds: Bounds
    /// How long a run takes, where somebody has reckoned it.
    package var estimate: TimeEstimate?

    package init(
        campaign: Campaign,
        policy: Policy,
        playbook: AttachedPlaybook? = nil,
        createdAt: Instant,
        waves: [Wave],
        findings: [Finding],
        bounds: Bounds,
        estimate: TimeEstimate? = nil
    ) {
        self.campaign = campaign
        self.policy = policy
        self.playbook = playbook
        self.createdAt = createdAt
        self.waves = waves
        self.findings = findings
        self.bounds = bounds
        self.estimate = estimate
    }

    /// In the order of their waves; a node that goes up through several versions comes once.
    package var nodes: [String] {
        var seen: Set<String> = []
        return waves.flatMap(\.nodes).filter { seen.insert($0).inserted }
    }

    package var obstacles: [Finding] { findings.filter { $0.severity == .obstacle } }

    package var totals: Totals {
        Totals(
            waves: waves.count,
            rounds: waves.reduce(0) { $0 + $1.rounds },
            evictions: waves.reduce(0) { $0 + $1.moves.count },
            nodes: nodes.count
        )
    }
}

/// Nodes that are out of service at the same time.
package struct Wave: Hashable, Sendable {
    /// From 1.
    package var number: Int
    /// Drain-and-recover rounds: what the neediest node needs by itself to stay within every budget.
    package var rounds: Int
    package var nodes: [String]
    /// Every pod that the wave evicts, and a place for it: the witness.
    package var moves: [Move]
    /// Which budgets the wave spends, and how much of them.
    package var budgets: [BudgetUse]
    /// The version that this wave brings its nodes to; nil where the campaign upgrades nothing.
    package var version: Version?
    /// A canary: watched for the policy's soak time before the next wave.
    package var isCanary: Bool
    /// Why these nodes come here.
    package var reason: String

    package init(
        number: Int,
        rounds: Int,
        nodes: [String],
        moves: [Move],
        budgets: [BudgetUse] = [],
        version: Version? = nil,
        isCanary: Bool = false,
        reason: String = ""
    ) {
        self.number = number
        self.rounds = rounds
        self.nodes = nodes
        self.moves = moves
        self.budgets = budgets
        self.version = version
        self.isCanary = isCanary
        self.reason = reason
    }
}

/// A pod that is evicted and a node where it fits.
package struct Move: Hashable, Sendable {
    package var pod: PodID
    package var from: String
    /// The node it came from where a waiver lets the pod wait for its own node's return (a pinned pod).
    package var to: String

    package init(pod: PodID, from: String, to: String) {
        self.pod = pod
        self.from = from
        self.to = to
    }
}

/// How much of a budget a wave spends.
package struct BudgetUse: Hashable, Sendable {
    /// A budget's `NAMESPACE/NAME`, or the workload the policy's default budget stands for.
    package var budget: String
    package var evictions: Int
    /// What it allows at once.
    package var allowed: Int
    /// Comes from the policy, not from the cluster.
    package var isDefault: Bool

    package init(budget: String, evictions: Int, allowed: Int, isDefault: Bool = false) {
        self.budget = budget
        self.evictions = evictions
        self.allowed = allowed
        self.isDefault = isDefault
    }
}

/// What no plan for the same campaign can do with less of.
package struct Bounds: Hashable, Sendable, Codable {
    package var waves: Int
    package var rounds: Int
    package var evictions: Int

    package init(waves: Int, rounds: Int, evictions: Int) {
        self.waves = waves
        self.rounds = rounds
        self.evictions = evictions
    }
}

package struct Totals: Hashable, Sendable, Codable {
    package var waves: Int
    package var rounds: Int
    package var evictions: Int
    package var nodes: Int
}

/// The text of the playbook that a plan was made for.
package struct AttachedPlaybook: Hashable, Sendable, Codable {
    /// The file it was read from, for messages.
    package var file: String
    package var text: String
    /// Values for the playbook's inputs, secrets left out.
    package var inputs: [String: String]

    package init(file: String, text: String, inputs: [String: String] = [:]) {
        self.file = file
        self.text = text
        self.inputs = inputs
    }
}
