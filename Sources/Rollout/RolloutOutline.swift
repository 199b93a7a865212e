package import ClusterModel
package import Planning

/// What the machine needs to know of a campaign before it begins.
package struct RolloutOutline: Hashable, Sendable {
    package var waves: [Wave]
    /// Names of the playbook's steps for each node.
    package var steps: [String: [String]]
    /// Of each node the steps that can be taken back, by their place among its steps.
    package var undoable: [String: Set<Int>]
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
    /// When nodes of the next wave start.
    package var pace: Pace
    /// How many nodes must have failed before nothing new starts.
    package var maxFailures: Int
    /// A failed node's steps are taken back where they can be, and it returns to service; else it stays for inspection.
    package var undoesFailures: Bool
    /// Halts where the cluster is no longer as planned, in place of planning the rest anew.
    package var haltsOnDrift: Bool
    /// Names of the gates that stand before the first wave, before each wave, before a node's return, and at the end.
    package var gates: GateNames
    /// When waves may start.
    package var windows: WindowSchedule
    /// What becomes of nodes that are out when a window closes.
    package var onWindowClose: WindowClose
    /// How long a wave of one round is expected to take, and each further round; of matter for the windows only.
    package var expected: ExpectedTimes
    package var deadlines: Deadlines

    package init(
        waves: [Wave],
        steps: [String: [String]],
        undoable: [String: Set<Int>] = [:],
        targetVersion: Version? = nil,
        defaultBudget: CountOrPercent? = .count(1),
        soak: Duration = .zero,
        jobs: JobPolicy = .evict,
        waivers: [Waiver] = [],
        returnsNodes: Bool = true,
        steers: Bool = false,
        pace: Pace = .wave,
        maxFailures: Int = 1,
        undoesFailures: Bool = false,
        haltsOnDrift: Bool = false,
        gates: GateNames = GateNames(),
        windows: WindowSchedule = WindowSchedule(),
        onWindowClose: WindowClose = .finish,
        expected: ExpectedTimes = ExpectedTimes(),
        deadlines: Deadlines = Deadlines()
    ) {
        self.waves = waves
        self.steps = steps
        self.undoable = undoable
        self.targetVersion = targetVersion
        self.defaultBudget = defaultBudget
        self.soak = soak
        self.jobs = jobs
        self.waivers = waivers
        self.returnsNodes = returnsNodes
        self.steers = steers
        self.pace = pace
        self.maxFailures = maxFailures
        self.undoesFailures = undoesFailures
        self.haltsOnDrift = haltsOnDrift
        self.gates = gates
        self.windows = windows
        self.onWindowClose = onWindowClose
        self.expected = expected
        self.deadlines = deadlines
    }
}

/// When nodes of the next wave start.
package enum Pace: String, Hashable, Sendable, Codable, CaseIterable {
    /// Once all of the wave before are back, and its workloads as healthy as before it.
    case wave
    /// As soon as their own proof holds and the limits allow, also beside a straggler.
    case eager
}

/// What becomes of nodes that are out when a maintenance window closes.
package enum WindowClose: String, Hashable, Sendable, Codable, CaseIterable {
    /// They are serviced to their end.
    case finish
    /// They stop after their present step, and go on in the next window.
    case pause
}

/// What a wave is expected to take.
package struct ExpectedTimes: Hashable, Sendable {
    package var service: Duration
    package var round: Duration

    package init(service: Duration = .zero, round: Duration = .zero) {
        self.service = service
        self.round = round
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
