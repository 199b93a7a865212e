package import ClusterModel

/// What a look at a thing says of it.
package struct HealthReading: Hashable, Sendable {
    package enum Subject: Hashable, Sendable {
        case workload(WorkloadID)
        case budget(BudgetID)
        case node(String)
    }

    package var subject: Subject
    package var healthy: Int
    package var wanted: Int
    /// The workloads whose pods a budget selects, sorted.
    package var workloads: [WorkloadID] = []
    package var zone: String?
}

/// Healthy pods of each workload and budget and the nodes that are Ready, kept up to date change by change.
///
/// A change costs what it touches, not what the cluster holds.
package struct HealthCounts: Sendable {
    private struct Member: Sendable {
        var uid: String
        var workload: WorkloadID?
        var isHealthy: Bool
        var isFinished: Bool
        var labels: Labels
    }

    private struct Selection: Sendable {
        var healthy = 0
        /// Unfinished pods of each workload; nil is that of pods without one.
        var pods: [WorkloadID?: Int] = [:]
    }

    private var members: [PodID: Member] = [:]
    private var replicas: [WorkloadID: Int?] = [:]
    private var healthy: [WorkloadID: Int] = [:]
    private var budgets: [String: [BudgetID: DisruptionBudget]] = [:]
    private var selections: [BudgetID: Selection] = [:]
    private var inNamespace: [String: Set<PodID>] = [:]
    private var nodes: [String: (ready: Bool, zone: String?)] = [:]
    private var touched: Set<HealthReading.Subject> = []

    package init(_ cluster: Cluster) {
        for node in cluster.nodes { apply(.node(node)) }
        for workload in cluster.workloads.values { apply(.workload(workload)) }
        for pod in cluster.pods { apply(.pod(pod)) }
        for budget in cluster.budgets { apply(.budget(budget)) }
    }

    package mutating func apply(_ change: ClusterChange) {
        switch change {
        case .node(let node):
            nodes[node.name] = (node.ready, node.zone)
            touched.insert(.node(node.name))
        case .nodeGone(let name):
            nodes[name] = nil
            touched.insert(.node(name))
        case .pod(let pod): put(pod)
        case .podGone(let id, let uid): if members[id]?.uid == uid { remove(id) }
        case .workload(let workload): setReplicas(workload.replicas, of: workload.id)
        case .workloadGone(let id):
            replicas[id] = nil
            touch(id)
        case .budget(let budget): put(budget)
        case .budgetGone(let id):
            budgets[id.namespace]?[id] = nil
            selections[id] = nil
            touched.insert(.budget(id))
        case .volume, .volumeGone, .namespace, .namespaceGone, .leaders: break
        }
    }

    /// Everything that has a number, in no order.
    package var readings: [HealthReading] {
        let subjects =
            replicas.keys.map { HealthReading.Subject.workload($0) } + selections.keys.map { .budget($0) }
            + nodes.keys.map { .node($0) }
        return subjects.compactMap(reading)
    }

    /// What may read differently since this was asked last; what is gone reads 0 of 0.
    package mutating func changes() -> [HealthReading] {
        defer { touched = [] }
        return touched.map { reading($0) ?? HealthReading(subject: $0, healthy: 0, wanted: 0) }
    }
}

// MARK: - Reading

extension HealthCounts {
    /// Nil of what is not there, and of workloads without a number of replicas.
    private func reading(_ subject: HealthReading.Subject) -> HealthReading? {
        switch subject {
        case .workload(let id):
            guard let wanted = replicas[id].flatMap(\.self) else { return nil }
            return HealthReading(subject: subject, healthy: healthy[id, default: 0], wanted: wanted)
        case .node(let name):
            return nodes[name].map {
                HealthReading(subject: subject, healthy: $0.ready ? 1 : 0, wanted: 1, zone: $0.zone)
            }
        case .budget(let id):
            guard let budget = budgets[id.namespace]?[id], let selection = selections[id] else { return nil }
            return HealthReading(
                subject: subject,
                healthy: selection.healthy,
                wanted: budget.rule.desiredHealthy(of: expected(selection)),
                workloads: selection.pods.keys.compactMap(\.self).sorted()
            )
        }
    }

    /// As the disruption controller counts: a workload's replicas, and each pod whose workload has no such number.
    private func expected(_ selection: Selection) -> Int {
        selection.pods.reduce(0) { sum, entry in
            let replicas = entry.key.flatMap { self.replicas[$0].flatMap(\.self) }
            return sum + (replicas ?? entry.value)
        }
    }
}

// MARK: - Counting

extension HealthCounts {
    private mutating func put(_ pod: Pod) {
        if members[pod.id] != nil { remove(pod.id) }
        let member = Member(
            uid: pod.uid,
            workload: pod.workload,
            isHealthy: pod.isHealthy,
            isFinished: pod.isFinished,
            labels: pod.labels
        )
        members[pod.id] = member
        inNamespace[pod.id.namespace, default: []].insert(pod.id)
        count(member, pod.id, by: 1)
    }

    private mutating func remove(_ id: PodID) {
        guard let member = members.removeValue(forKey: id) else { return }
        inNamespace[id.namespace]?.remove(id)
        count(member, id, by: -1)
    }

    private mutating func count(_ member: Member, _ id: PodID, by sign: Int) {
        if member.isHealthy, let workload = member.workload {
            healthy[workload, default: 0] += sign
            touched.insert(.workload(workload))
        }
        guard !member.isFinished else { return }
        for budget in budgets[id.namespace, default: [:]].values where budget.selects(member.labels, in: id.namespace) {
            add(member, to: budget.id, by: sign)
        }
    }

    private mutating func add(_ member: Member, to budget: BudgetID, by sign: Int) {
        selections[budget, default: Selection()].healthy += member.isHealthy ? sign : 0
        let pods = selections[budget, default: Selection()].pods[member.workload, default: 0] + sign
        selections[budget, default: Selection()].pods[member.workload] = pods == 0 ? nil : pods
        touched.insert(.budget(budget))
    }

    private mutating func put(_ budget: DisruptionBudget) {
        let known = budgets[budget.id.namespace]?[budget.id]
        budgets[budget.id.namespace, default: [:]][budget.id] = budget
        touched.insert(.budget(budget.id))
        // Its status changes often, what it selects hardly ever.
        if let known, known.selector == budget.selector { return }
        selections[budget.id] = Selection()
        for id in inNamespace[budget.id.namespace, default: []] {
            guard let member = members[id], !member.isFinished else { continue }
            if budget.selects(member.labels, in: id.namespace) { add(member, to: budget.id, by: 1) }
        }
    }

    private mutating func setReplicas(_ count: Int?, of id: WorkloadID) {
        if let known = replicas[id], known == count { return }
        replicas[id] = .some(count)
        touch(id)
    }

    private mutating func touch(_ id: WorkloadID) {
        touched.insert(.workload(id))
        for budget in budgets[id.namespace, default: [:]].keys where selections[budget]?.pods[id] != nil {
            touched.insert(.budget(budget))
        }
    }
}

extension DisruptionBudget {
    fileprivate func selects(_ labels: Labels, in namespace: String) -> Bool {
        guard let selector, namespace == id.namespace else { return false }
        return selector.matches(labels)
    }
}
