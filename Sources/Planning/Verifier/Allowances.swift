import ClusterModel

extension PlanVerifier {
    /// What budgets let go at once, counted as the disruption controller and the eviction API count.
    ///
    /// Source: Kubernetes' `pkg/controller/disruption/disruption.go` and `pkg/registry/core/pod/storage/eviction.go`.
    struct Allowances: Sendable {
        /// How many pods of one budget, or of one workload by the policy's default, may be down at once.
        struct Limit: Sendable {
            var name: String
            /// What a waiver calls it: `NAMESPACE/NAME` of the budget or workload.
            var subject: String
            var allowed: Int
            var isDefault: Bool
            /// A running pod that is not ready may go without being counted.
            var freesUnready: Bool
        }

        enum Eviction: Sendable {
            case free
            case counted(limit: Int)
            /// Several budgets select the pod, and the API server refuses; the limits that count it under a waiver.
            case several([BudgetID], limits: [Int])
        }

        /// One for each budget, then the defaults.
        private(set) var limits: [Limit]
        /// By pod.
        private var evictions: [Eviction] = []

        init(cluster: Cluster, defaultBudget: CountOrPercent?) {
            let index = BudgetIndex(cluster.budgets)
            let budgetsOfPod = cluster.pods.map { $0.isFinished ? [] : index.budgets(of: $0) }
            var tallies = Array(repeating: Tally(), count: cluster.budgets.count)
            var unprotected: Set<WorkloadID> = []
            for (pod, budgets) in budgetsOfPod.enumerated() where !cluster.pods[pod].isFinished {
                for budget in budgets { tallies[budget].add(cluster.pods[pod], in: cluster) }
                if budgets.isEmpty, let workload = cluster.pods[pod].workload { unprotected.insert(workload) }
            }
            limits = zip(cluster.budgets, tallies).map { Limit($0, $1) }
            var defaults: [WorkloadID: Int] = [:]
            if let defaultBudget {
                for (id, tally) in Self.unlimited(unprotected, in: cluster) {
                    defaults[id] = limits.count
                    limits.append(Limit(id, tally, defaultBudget))
                }
            }
            evictions = cluster.pods.indices.map { pod in
                cost(of: cluster.pods[pod], budgets: budgetsOfPod[pod], defaults: defaults, in: cluster)
            }
        }

        /// The workloads that the policy's default stands for, in order.
        private static func unlimited(_ ids: Set<WorkloadID>, in cluster: Cluster) -> [(WorkloadID, Tally)] {
            let ids = ids.filter(\.keepsReplicas)
            var tallies: [WorkloadID: Tally] = [:]
            for pod in cluster.pods.indices where !cluster.pods[pod].isFinished {
                guard let id = cluster.pods[pod].workload, ids.contains(id) else { continue }
                tallies[id, default: Tally()].add(cluster.pods[pod], in: cluster)
            }
            return tallies.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
        }

        /// A pod that never ran is nobody's loss and asks no budget.
        private func cost(of pod: Pod, budgets: [Int], defaults: [WorkloadID: Int], in cluster: Cluster) -> Eviction {
            if pod.phase == .pending { return .free }
            func counts(_ limit: Int) -> Bool { pod.ready || !limits[limit].freesUnready }
            if budgets.count > 1 {
                return .several(budgets.map { cluster.budgets[$0].id }, limits: budgets.filter(counts))
            }
            let limit = budgets.first ?? (defaults.isEmpty ? nil : pod.workload.flatMap { defaults[$0] })
            guard let limit, counts(limit) else { return .free }
            return .counted(limit: limit)
        }

        /// What the eviction of a pod costs.
        func eviction(of pod: Int) -> Eviction { evictions[pod] }
    }
}

/// Pods under one limit.
private struct Tally {
    var healthy = 0
    /// The replicas of every workload among the pods; a pod whose workload has no such number stands for itself.
    var expected = 0
    private var known: Set<WorkloadID> = []

    mutating func add(_ pod: Pod, in cluster: Cluster) {
        if pod.isHealthy { healthy += 1 }
        if let id = pod.workload {
            if known.contains(id) { return }
            if let replicas = cluster.workloads[id]?.replicas {
                known.insert(id)
                expected += replicas
                return
            }
        }
        expected += 1
    }
}

extension PlanVerifier.Allowances.Limit {
    fileprivate init(_ budget: DisruptionBudget, _ tally: Tally) {
        let desired = budget.rule.desiredHealthy(of: tally.expected)
        let isCurrent = budget.status?.isCurrent ?? true
        let ceiling = isCurrent ? budget.status?.disruptionsAllowed ?? .max : 0
        name = "\(budget.id)"
        subject = name
        allowed = max(0, min(tally.healthy - desired, ceiling))
        isDefault = false
        switch budget.unhealthyPodEviction {
        case .alwaysAllow: freesUnready = true
        case .ifHealthyBudget: freesUnready = isCurrent && tally.healthy >= desired && desired > 0
        }
    }

    fileprivate init(_ workload: WorkloadID, _ tally: Tally, _ budget: CountOrPercent) {
        let missing = max(0, tally.expected - tally.healthy)
        name = "\(workload)"
        subject = "\(PodID(namespace: workload.namespace, name: workload.name))"
        allowed = max(0, budget.roundedUp(of: tally.expected) - missing)
        isDefault = true
        freesUnready = true
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
