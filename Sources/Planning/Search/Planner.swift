package import ClusterModel

/// Plans a campaign: the nodes that can leave service, in as few waves as it finds, a place for every pod they evict,
/// and a finding for every node that cannot leave.
///
/// The same arguments give the same plan.
package struct Planner: Sendable {
    private let cluster: Cluster
    private let policy: Policy
    private let campaign: Campaign
    private let playbook: AttachedPlaybook?
    private let createdAt: Instant
    /// How many ways to search are tried at most.
    package var effort = 800

    /// - Parameters:
    ///   - playbook: what a run does on each node; the plan carries it along.
    ///   - createdAt: when the cluster was read; what waivers are held against.
    package init(
        cluster: Cluster,
        policy: Policy,
        campaign: Campaign,
        playbook: AttachedPlaybook? = nil,
        createdAt: Instant
    ) {
        self.cluster = cluster
        self.policy = policy
        self.campaign = campaign
        self.playbook = playbook
        self.createdAt = createdAt
    }

    /// Never fails: what cannot be planned is an obstacle among the plan's findings, and the rest is planned.
    package func plan() -> Plan {
        let waivers = Waivers(policy: policy, moment: createdAt)
        let terrain = Terrain(cluster, waivers: waivers, returns: campaign.returnsNodes)
        let ledger = BudgetLedger(cluster: cluster, defaultBudget: policy.defaultBudget, waivers: waivers)
        var survey = Survey(terrain: terrain, ledger: ledger, campaign: campaign, waivers: waivers)
        survey.look()
        let task = drainTask(for: survey.able)
        let start = WaveState(terrain: terrain, ledger: ledger, task: task)
        let (draft, end) = HopSearch(terrain: terrain, ledger: ledger, effort: effort).best(from: start)
        survey.noteLeft(draft, start: start, end: end, workers: task.workers)
        survey.close(draft)
        let planned = draft.waves.flatMap(\.nodes)
        let bounds = PlanBounds(terrain: terrain, ledger: ledger, task: drainTask(for: planned))
        let writer = WaveWriter(terrain: terrain, ledger: ledger, task: task, version: campaign.targetVersion)
        return Plan(
            campaign: campaign,
            policy: policy,
            playbook: playbook,
            createdAt: createdAt,
            waves: writer.waves(draft.waves),
            findings: survey.sortedFindings,
            bounds: bounds.bounds
        )
    }

    private func drainTask(for nodes: [Int]) -> DrainTask {
        let nodes = nodes.sorted()
        return DrainTask(
            controlPlane: nodes.filter { cluster.nodes[$0].isControlPlane },
            workers: nodes.filter { !cluster.nodes[$0].isControlPlane },
            limits: WaveLimits(policy, cluster),
            controlPlaneFirst: campaign.targetVersion != nil,
            leaders: Set(nodes.filter { cluster.leaders.contains(cluster.nodes[$0].name) }),
            canary: policy.canary?.nodes,
            returnsNodes: campaign.returnsNodes
        )
    }
}
