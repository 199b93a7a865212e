package import ClusterModel

/// Plans a campaign: the nodes that can leave service, in as few waves as it finds, a place for every pod they evict,
/// and a finding for every node that cannot leave.
///
/// The same arguments give the same plan. Rules that the model of a pod does not carry (affinity between pods, topology
/// spread, volumes, host ports) are not looked at.
package struct Planner: Sendable {
    private let cluster: Cluster
    private let policy: Policy
    private let campaign: Campaign
    private let playbook: AttachedPlaybook?
    private let createdAt: Instant
    /// How many ways to search are tried at most.
    var effort = 800

    /// - Parameters:
    ///   - playbook: what a run does on each node; the plan carries it along.
    ///   - createdAt: when the cluster was read.
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
        let terrain = Terrain(cluster)
        let ledger = BudgetLedger(cluster: cluster, defaultBudget: policy.defaultBudget)
        var survey = Survey(terrain: terrain, ledger: ledger, campaign: campaign)
        survey.look()
        let task = drainTask(for: survey.able)
        let bounds = PlanBounds(terrain: terrain, ledger: ledger, task: task)
        let (draft, end) = bestDraft(WaveState(terrain: terrain, ledger: ledger, task: task), bounds: bounds)
        let isPartial = draft.waves.reduce(0) { $0 + $1.nodes.count } < survey.able.count
        survey.noteLeft(draft, end: end, workers: task.workers)
        let planned = draft.waves.flatMap(\.nodes)
        let proven = isPartial ? PlanBounds(terrain: terrain, ledger: ledger, task: drainTask(for: planned)) : bounds
        return Plan(
            campaign: campaign,
            policy: policy,
            playbook: playbook,
            createdAt: createdAt,
            waves: WaveWriter(terrain: terrain, ledger: ledger, task: task).waves(draft.waves),
            findings: survey.sortedFindings,
            bounds: proven.bounds
        )
    }

    private func drainTask(for nodes: [Int]) -> DrainTask {
        let nodes = nodes.sorted()
        return DrainTask(
            controlPlane: nodes.filter { cluster.nodes[$0].isControlPlane },
            workers: nodes.filter { !cluster.nodes[$0].isControlPlane },
            maxOut: policy.nodesOut(of: cluster.nodes.count),
            oneZoneAtATime: policy.oneZoneAtATime,
            controlPlaneFirst: campaign.targetVersion != nil
        )
    }

    /// Tries the styles in their order until one meets the bounds.
    private func bestDraft(_ start: WaveState, bounds: PlanBounds) -> (Draft, WaveState) {
        let pods = (start.task.controlPlane + start.task.workers).reduce(0) { $0 + start.residents[$1].count }
        var best: (draft: Draft, end: WaveState)?
        for style in SearchStyle.all(pods: pods, nodes: cluster.nodes.count, effort: effort) {
            let enough = best.map { $0.draft.left.isEmpty ? $0.draft.waves.count : Int.max } ?? Int.max
            var search = WaveSearch(start: start, style: style, enough: enough)
            guard let (draft, end) = search.run() else { continue }
            if best.map({ draft.cost < $0.draft.cost }) ?? true { best = (draft, end) }
            if bounds.areMet(by: draft) { break }
        }
        return best.map { ($0.draft, $0.end) } ?? (Draft(), start)
    }
}
