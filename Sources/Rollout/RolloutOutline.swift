package import ClusterModel
package import Planning

/// What the machine needs to know of a campaign before it begins.
package struct RolloutOutline: Hashable, Sendable {
    package var waves: [Wave]
    /// Names of the playbook's steps for each node.
    package var steps: [String: [String]]
    /// The kubelet version each node must have afterwards, unless its wave names another; nil where it does not matter.
    package var targetVersion: Version?
    /// Holds workloads that have no budget of their own; nil sets no limit.
    package var defaultBudget: CountOrPercent?
    /// How long a canary wave is watched before the next one starts.
    package var soak: Duration
    /// What happens to the pods of Jobs on a node that is drained.
    package var jobs: JobPolicy
    /// Obstacles that the campaign goes on in spite of.
    package var waivers: [Waiver]
    /// False where the nodes leave for good: they are drained, and stay cordoned.
    package var returnsNodes: Bool
    /// Nodes still to come ask the scheduler to prefer others.
    package var steers: Bool
    package var deadlines: Deadlines

    package init(
        waves: [Wave],
        steps: [String: [String]],
        targetVersion: Version? = nil,
        defaultBudget: CountOrPercent? = .count(1),
        soak: Duration = .zero,
        jobs: JobPolicy = .evict,
        waivers: [Waiver] = [],
        returnsNodes: Bool = true,
        steers: Bool = false,
        deadlines: Deadlines = Deadlines()
    ) {
        self.waves = waves
        self.steps = steps
        self.targetVersion = targetVersion
        self.defaultBudget = defaultBudget
        self.soak = soak
        self.jobs = jobs
        self.waivers = waivers
        self.returnsNodes = returnsNodes
        self.steers = steers
        self.deadlines = deadlines
    }
}

/// How long the cluster may take before the run halts.
package struct Deadlines: Hashable, Sendable {
    /// For all pods to have left a node and to run elsewhere.
    package var drain: Duration
    /// For a node to be Ready after its service.
    package var nodeReady: Duration
    /// For the workloads to be healthy again after a wave, and for a wave's proof to hold.
    package var recover: Duration

    package init(
        drain: Duration = .seconds(1800),
        nodeReady: Duration = .seconds(600),
        recover: Duration = .seconds(900)
    ) {
        self.drain = drain
        self.nodeReady = nodeReady
        self.recover = recover
    }
}
