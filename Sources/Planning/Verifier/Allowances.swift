import ClusterModel

extension PlanVerifier {
    /// What budgets let go at once, counted as the disruption controller and the eviction API count.
    ///
    /// Source: Kubernetes' `pkg/controller/disruption/disruption.go` and `pkg/registry/core/pod/storage/eviction.go`.
    struct Allowances: Sendable {
        /// How many pods of one budget, or of one workload by the policy's default, may be down at once.
        struct Limit: Sendable {
            var name: String
            var allowed: Int
            var isDefault: Bool
            /// A running pod that is not ready may go without being counted.
            var freesUnready: Bool
        }

        enum Eviction {
            case free
            case counted(limit: Int)
            /// Two budgets select the pod.
            case refused([BudgetID])
        }

        private let budgetIDs: [BudgetID]
        /// By pod: the budgets that select it.
        private let budgetsOfPod: [[Int]]
        /// One for each budget, then the defaults.
        private(set) var limits: [Limit]
        private var defaults: [WorkloadID: Int] = [:]

        init(cluster: Cluster, defaultBudget: CountOrPercent?) {
            budgetIDs = cluster.budgets.map(\.id)
            let index = BudgetIndex(cluster.budgets)
            budgetsOfPod = cluster.pods.map { $0.isFinished ? [] : index.budgets(of: $0) }
            var selected: [[Pod]] = Array(repeating: [], count: cluster.budgets.count)
            var unprotected: Set<WorkloadID> = []
            for (pod, budgets) in zip(cluster.pods, budgetsOfPod) where !pod.isFinished {
                for budget in budgets { selected[budget].append(pod) }
                if budgets.isEmpty, let workload = pod.workload { unprotected.insert(workload) }
            }
            limits = zip(cluster.budgets, selected).map { Limit($0, pods: $1, workloads: cluster.workloads) }
            if let defaultBudget { addDefaults(defaultBudget, for: unprotected, cluster: cluster) }
        }

        private mutating func addDefaults(_ budget: CountOrPercent, for ids: Set<WorkloadID>, cluster: Cluster) {
            let limited: Set<String> = ["Deployment", "StatefulSet", "ReplicaSet", "ReplicationController"]
            let ids = ids.filter { limited.contains($0.kind) }
            var members: [WorkloadID: [Pod]] = [:]
            for pod in cluster.pods where !pod.isFinished {
                if let id = pod.workload, ids.contains(id) { members[id, default: []].append(pod) }
            }
            for (id, pods) in members.sorted(by: { $0.key < $1.key }) {
                let replicas = cluster.workloads[id]?.replicas ?? pods.count
                let missing = max(0, replicas - pods.count(where: \.isHealthy))
                let allowed = max(0, budget.roundedUp(of: replicas) - missing)
                defaults[id] = limits.count
                limits.append(Limit(name: "\(id)", allowed: allowed, isDefault: true, freesUnready: true))
            }
        }

        /// What the eviction of a pod costs; a pod that never ran is nobody's loss and asks no budget.
        func eviction(of pod: Pod, at index: Int) -> Eviction {
            if pod.phase == .pending { return .free }
            let budgets = budgetsOfPod[index]
            if budgets.count > 1 { return .refused(budgets.map { budgetIDs[$0] }) }
            guard let limit = budgets.first ?? pod.workload.flatMap({ defaults[$0] }) else { return .free }
            return !pod.ready && limits[limit].freesUnready ? .free : .counted(limit: limit)
        }
    }
}

extension PlanVerifier.Allowances.Limit {
    fileprivate init(_ budget: DisruptionBudget, pods: [Pod], workloads: [WorkloadID: Workload]) {
        let healthy = pods.count(where: \.isHealthy)
        let expected = Self.expected(pods, workloads: workloads)
        let desired = budget.rule.desiredHealthy(of: expected)
        let isCurrent = budget.status?.isCurrent ?? true
        let ceiling = isCurrent ? budget.status?.disruptionsAllowed ?? .max : 0
        name = "\(budget.id)"
        allowed = max(0, min(healthy - desired, ceiling))
        isDefault = false
        switch budget.unhealthyPodEviction {
        case .alwaysAllow: freesUnready = true
        case .ifHealthyBudget: freesUnready = isCurrent && healthy >= desired && desired > 0
        }
    }

    /// The replicas of every workload among the pods; a pod whose workload has no such number stands for itself.
    private static func expected(_ pods: [Pod], workloads: [WorkloadID: Workload]) -> Int {
        var known: Set<WorkloadID> = []
        return pods.reduce(0) { total, pod in
            guard let id = pod.workload, let replicas = workloads[id]?.replicas else { return total + 1 }
            return known.insert(id).inserted ? total + replicas : total
        }
    }
}

/// Budgets by one label that their pods must have, so that a pod is held against few of them.
private struct BudgetIndex {
    private struct Key: Hashable {
        var namespace: String
        var label: String
        var value: String
    }

    private let budgets: [DisruptionBudget]
    private var byLabel: [Key: [Int]] = [:]
    private var byNamespace: [String: [Int]] = [:]
    private let namespaces: Set<String>

    init(_ budgets: [DisruptionBudget]) {
        self.budgets = budgets
        namespaces = Set(budgets.map(\.id.namespace))
        for (index, budget) in budgets.enumerated() {
            let namespace = budget.id.namespace
            if let label = budget.selector?.matchLabels.min(by: { $0.key < $1.key }) {
                byLabel[Key(namespace: namespace, label: label.key, value: label.value), default: []].append(index)
            } else {
                byNamespace[namespace, default: []].append(index)
            }
        }
    }

    func budgets(of pod: Pod) -> [Int] {
        let namespace = pod.id.namespace
        guard namespaces.contains(namespace) else { return [] }
        var found = byNamespace[namespace, default: []]
        for (label, value) in pod.labels {
            found += byLabel[Key(namespace: namespace, label: label, value: value), default: []]
        }
        return found.filter { budgets[$0].selects(pod) }.sorted()
    }
}
