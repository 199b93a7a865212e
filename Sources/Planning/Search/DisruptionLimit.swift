import ClusterModel

/// How many pods of one budget, or of one workload by the policy's default, may be down by eviction at once.
struct DisruptionLimit {
    /// A budget's `NAMESPACE/NAME`, or the workload.
    var name: String
    /// Nil for a default.
    var budget: BudgetID?
    var rule: DisruptionBudget.Rule
    var allowed: Int
    var expected: Int
    var healthy: Int
    var desired: Int
    /// Pods that run, are not on their way out, and are not ready.
    var unready: Int
    /// A running pod that is not ready may go without being counted.
    var freesUnready: Bool
    var isCurrent = true
    /// What the status allows, if there is a current one.
    var stated: Int?

    /// What it would allow without the waiver that frees it; nil without one.
    var waived: Int?
    /// What a waiver names: the budget's `NAMESPACE/NAME`, or that of the workload.
    var subject = ""

    var isDefault: Bool { budget == nil }

    /// No state of its pods allows an eviction.
    var isImpossible: Bool { expected > 0 && desired >= expected }

    /// Rounds that `evictions` take; nothing allowed takes for ever.
    func rounds(for evictions: Int) -> Int? {
        allowed > 0 ? (evictions + allowed - 1) / allowed : nil
    }
}

extension DisruptionLimit {
    init(_ budget: DisruptionBudget, pods: [Int], in cluster: Cluster) {
        let census = Census(pods, in: cluster)
        name = "\(budget.id)"
        subject = name
        self.budget = budget.id
        rule = budget.rule
        expected = census.expected
        healthy = census.healthy
        unready = census.unready
        desired = budget.rule.desiredHealthy(of: census.expected)
        isCurrent = budget.status?.isCurrent ?? true
        stated = isCurrent ? budget.status?.disruptionsAllowed : nil
        allowed = isCurrent ? max(0, min(healthy - desired, stated ?? .max)) : 0
        switch budget.unhealthyPodEviction {
        case .alwaysAllow: freesUnready = true
        case .ifHealthyBudget: freesUnready = isCurrent && desired > 0 && healthy >= desired
        }
    }

    /// The policy's default, as a `maxUnavailable` of the workload's replicas.
    init(_ share: CountOrPercent, of workload: WorkloadID, pods: [Int], in cluster: Cluster) {
        let census = Census(pods, in: cluster)
        name = "\(workload)"
        subject = "\(workload.namespace)/\(workload.name)"
        rule = .maxUnavailable(share)
        expected = cluster.workloads[workload]?.replicas ?? pods.count
        healthy = census.healthy
        unready = census.unready
        desired = rule.desiredHealthy(of: expected)
        allowed = max(0, share.roundedUp(of: expected) - max(0, expected - healthy))
        freesUnready = true
    }
}

/// The pods of a limit, counted.
private struct Census {
    var expected = 0
    var healthy = 0
    var unready = 0

    init(_ pods: [Int], in cluster: Cluster) {
        var scaled: Set<WorkloadID> = []
        for index in pods {
            let pod = cluster.pods[index]
            if pod.isHealthy { healthy += 1 }
            if pod.phase != .pending, !pod.ready, !pod.terminating { unready += 1 }
            guard let id = pod.workload, let replicas = cluster.workloads[id]?.replicas else {
                expected += 1
                continue
            }
            if scaled.insert(id).inserted { expected += replicas }
        }
    }
}
