package import ClusterModel
package import Playbooks
package import Ports
package import Rollout

/// Everything a run needs to know before it begins.
package struct RunSetup: Sendable {
    package var run: RunRecord
    package var outline: RolloutOutline
    package var jobs: [String: NodeJob]
    /// How long a lease lasts that nobody renews.
    package var leaseDuration: Duration
    /// Who takes the run up; nil leaves no entry of it.
    package var hand: RunHand?
    /// Gives the campaign up in place of going on with it.
    package var abortsRun: Bool
    /// Who holds the lease: one name for each machine and journal; by default the run's.
    package var holder: String
    /// The record as it is kept in the cluster, its plan without what can be made anew.
    package var storedRun: RunRecord
    package var gates: [GateSettings]
    /// Goes on with a campaign that another machine had.
    package var takesOver: Bool

    package init(
        run: RunRecord,
        outline: RolloutOutline,
        jobs: [String: NodeJob],
        leaseDuration: Duration = .seconds(30),
        hand: RunHand? = nil,
        abortsRun: Bool = false,
        holder: String? = nil,
        takesOver: Bool = false,
        storedPlan: String? = nil,
        gates: [GateSettings] = []
    ) {
        self.gates = gates
        self.holder = holder ?? run.id
        self.takesOver = takesOver
        storedRun =
            storedPlan.map { plan in
                var stored = run
                stored.plan = plan
                return stored
            } ?? run
        self.hand = hand
        self.abortsRun = abortsRun
        self.run = run
        self.outline = outline
        self.jobs = jobs
        self.leaseDuration = leaseDuration
    }
}

/// What is done on one node, and how it is reached.
package struct NodeJob: Sendable {
    package var target: NodeTarget
    package var steps: [PlaybookStep]
    package var variables: [String: String]
    package var rebootTimeout: Duration

    package init(
        target: NodeTarget,
        steps: [PlaybookStep],
        variables: [String: String],
        rebootTimeout: Duration = Playbook.defaultRebootTimeout
    ) {
        self.target = target
        self.steps = steps
        self.variables = variables
        self.rebootTimeout = rebootTimeout
    }

    /// What the scripts see in a wave with a version of its own, on the way to the campaign's.
    func variables(towards version: Version?, from present: Version?) -> [String: String] {
        guard let version else { return variables }
        var own = [PlaybookEnvironment.targetVersionName: "\(version)"]
        if let present { own[PlaybookEnvironment.fromVersionName] = "\(present)" }
        return variables.merging(own) { _, own in own }
    }
}

/// Why a run stopped without coming to an end of its own.
package enum ExecutionError: Error, Hashable, Sendable {
    /// Another run has the cluster.
    case leaseHeld(by: String, renewed: Instant?)
    /// Another machine has gone on with this run.
    case takenOver(by: String, at: Instant?)
    /// This run lost the cluster to another one, and has stopped at once.
    case leaseLost(to: String)
}

extension ExecutionError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .leaseHeld(let holder, let renewed):
            let when = renewed.map { ", renewed at \($0)" } ?? ""
            return "the cluster is taken by \(holder)\(when): wait until it ends, or until its lease runs out"
        case .leaseLost(let holder) where holder.isEmpty:
            return "its lock was broken: this run stopped at once and changed nothing more"
        case .takenOver(let who, let instant):
            let when = instant.map { " at \($0)" } ?? ""
            return "this run was taken over by \(who)\(when), and what is recorded here is not its latest state: "
                + "nothing was changed; take it back with `evenkeel resume --from-cluster`"
        case .leaseLost(let holder):
            return "the cluster was taken over by \(holder): this run stopped at once and changed nothing more"
        }
    }
}
