import ClusterModel

/// What every budget allows as the cluster stands, and which pod spends which.
///
/// Counts as the disruption controller and the eviction API do: `pkg/controller/disruption/disruption.go` and
/// `pkg/registry/core/pod/storage/eviction.go` of Kubernetes.
struct BudgetLedger {
    private(set) var limits: [DisruptionLimit] = []
    /// By limit.
    private(set) var allowed: [Int] = []
    /// By pod: the limit that its eviction spends, or -1.
    private var first: [Int32]
    /// Further limits of pods that may go by a waiver though several budgets select them.
    private var further: [Int: [Int]] = [:]
    /// By pod: the budgets that together refuse its eviction.
    private(set) var refusals: [Int: [Int]] = [:]
    /// Indices of budgets that select no unfinished pod.
    private(set) var emptyBudgets: [Int] = []

    init(cluster: Cluster, defaultBudget: CountOrPercent?, waivers: Waivers) {
        let selection = BudgetSelection(cluster.budgets)
        let selecting = cluster.pods.map { $0.isFinished ? [] : selection.budgets(selecting: $0) }
        var members: [[Int]] = Array(repeating: [], count: cluster.budgets.count)
        for (pod, budgets) in selecting.enumerated() {
            for budget in budgets { members[budget].append(pod) }
        }
        for (budget, pods) in members.enumerated() {
            if pods.isEmpty { emptyBudgets.append(budget) }
            limits.append(DisruptionLimit(cluster.budgets[budget], pods: pods, in: cluster))
        }
        first = Array(repeating: -1, count: cluster.pods.count)
        let defaults = defaultBudget.map { addDefaults($0, cluster: cluster, selecting: selecting) } ?? [:]
        for limit in limits.indices where waivers.frees(limitOf: limits[limit].subject) {
            limits[limit].waived = limits[limit].allowed
            limits[limit].allowed = max(1, limits[limit].allowed)
        }
        allowed = limits.map(\.allowed)
        for (index, pod) in cluster.pods.enumerated() where !pod.isFinished && pod.phase != .pending {
            charge(index, pod, budgets: selecting[index], defaults: defaults, waivers)
        }
    }

    /// Every limit whose allowance the pod's eviction spends.
    @inline(__always)
    func forEachLimit(of pod: Int, _ body: (Int) -> Void) {
        if first[pod] < 0 { return }
        body(Int(first[pod]))
        if further.isEmpty { return }
        for limit in further[pod] ?? [] { body(limit) }
    }

    private mutating func charge(
        _ index: Int,
        _ pod: Pod,
        budgets: [Int],
        defaults: [WorkloadID: Int],
        _ waivers: Waivers
    ) {
        if budgets.count > 1 {
            refusals[index] = budgets
            let subjects = budgets.map { limits[$0].subject } + ["\(pod.id)"]
            if !waivers.waives(.twoBudgets, subjects) { return }
            first[index] = Int32(budgets[0])
            further[index] = Array(budgets.dropFirst())
            return
        }
        let own = budgets.first ?? (defaults.isEmpty ? nil : pod.workload.flatMap { defaults[$0] })
        if let limit = own, pod.ready || !limits[limit].freesUnready { first[index] = Int32(limit) }
    }

    /// Limits for the workloads that have a pod no budget selects.
    private mutating func addDefaults(
        _ budget: CountOrPercent,
        cluster: Cluster,
        selecting: [[Int]]
    ) -> [WorkloadID: Int] {
        var unprotected: Set<WorkloadID> = []
        for (index, pod) in cluster.pods.enumerated() where !pod.isFinished && selecting[index].isEmpty {
            if let id = pod.workload, Self.limitedKinds.contains(id.kind) { unprotected.insert(id) }
        }
        var members: [WorkloadID: [Int]] = [:]
        for (index, pod) in cluster.pods.enumerated() where !pod.isFinished {
            if let id = pod.workload, unprotected.contains(id) { members[id, default: []].append(index) }
        }
        var result: [WorkloadID: Int] = [:]
        for (id, pods) in members.sorted(by: { $0.key < $1.key }) {
            result[id] = limits.count
            limits.append(DisruptionLimit(budget, of: id, pods: pods, in: cluster))
        }
        return result
    }

    /// Kinds that a default budget stands for.
    private static let limitedKinds: Set<String> = ["Deployment", "StatefulSet", "ReplicaSet", "ReplicationController"]
}
