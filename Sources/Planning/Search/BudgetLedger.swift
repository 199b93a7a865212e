import ClusterModel

/// What every budget allows as the cluster stands, and which pod spends which.
///
/// Counts as the disruption controller and the eviction API do: `pkg/controller/disruption/disruption.go` and
/// `pkg/registry/core/pod/storage/eviction.go` of Kubernetes.
struct BudgetLedger {
    /// What the eviction of a pod spends.
    enum Cost: Hashable {
        case nothing
        case one(limit: Int)
        /// The API server refuses to evict a pod that several budgets select.
        case refused([Int])
    }

    private(set) var limits: [DisruptionLimit] = []
    /// By pod.
    private(set) var costs: [Cost]
    /// Indices of budgets that select no unfinished pod.
    private(set) var emptyBudgets: [Int] = []

    init(cluster: Cluster, defaultBudget: CountOrPercent?) {
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
        costs = Array(repeating: .nothing, count: cluster.pods.count)
        let defaults = defaultBudget.map { addDefaults($0, cluster: cluster, selecting: selecting) } ?? [:]
        for (index, pod) in cluster.pods.enumerated() where !pod.isFinished && pod.phase != .pending {
            costs[index] = cost(of: pod, budgets: selecting[index], defaults: defaults)
        }
    }

    /// The limit whose allowance the pod's eviction spends, if any.
    func limit(of pod: Int) -> Int? {
        if case .one(let limit) = costs[pod] { limit } else { nil }
    }

    private func cost(of pod: Pod, budgets: [Int], defaults: [WorkloadID: Int]) -> Cost {
        if budgets.count > 1 { return .refused(budgets) }
        guard let limit = budgets.first ?? pod.workload.flatMap({ defaults[$0] }) else { return .nothing }
        return !pod.ready && limits[limit].freesUnready ? .nothing : .one(limit: limit)
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
