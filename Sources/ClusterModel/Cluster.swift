/// Everything the planner and the runner know of a cluster at one moment.
package struct Cluster: Hashable, Sendable {
    /// Sorted by name.
    package private(set) var nodes: [Node]
    /// Sorted by namespace and name.
    package private(set) var pods: [Pod]
    package private(set) var workloads: [WorkloadID: Workload]
    /// Sorted by namespace and name.
    package private(set) var budgets: [DisruptionBudget]
    /// By claim.
    package private(set) var volumes: [ClaimID: Volume]
    /// The labels of the namespaces by name.
    package private(set) var namespaces: [String: Labels]
    /// Nodes whose controller manager or scheduler leads at the moment, as far as it is known.
    package var leaders: Set<String>
    /// Kinds of objects that the source did not hold at all.
    package var missingKinds: Set<ObjectKind>
    /// What was odd in the source, sorted by its text.
    package private(set) var notes: [SourceNote]
    /// The version the API server states; nil in a snapshot without it.
    package var serverVersion: Version?

    package init(
        nodes: [Node],
        pods: [Pod] = [],
        workloads: [Workload] = [],
        budgets: [DisruptionBudget] = [],
        volumes: [Volume] = [],
        namespaces: [String: Labels] = [:],
        leaders: Set<String> = [],
        missingKinds: Set<ObjectKind> = [],
        notes: [SourceNote] = [],
        serverVersion: Version? = nil
    ) {
        self.nodes = nodes.sorted { $0.name < $1.name }
        // A big cluster's pods come in order, and must not be there twice.
        let isOrdered = pods.indices.dropFirst().allSatisfy { pods[$0 - 1].id < pods[$0].id }
        self.pods = isOrdered ? pods : pods.sorted { $0.id < $1.id }
        self.workloads = Dictionary(workloads.map { ($0.id, $0) }, uniquingKeysWith: { _, last in last })
        self.budgets = budgets.sorted { $0.id < $1.id }
        self.volumes = Dictionary(volumes.map { ($0.claim, $0) }, uniquingKeysWith: { _, last in last })
        self.namespaces = namespaces
        self.leaders = leaders
        self.missingKinds = missingKinds
        self.notes = notes.map { ($0, $0.description) }.sorted { $0.1 < $1.1 }.map(\.0)
        self.serverVersion = serverVersion
    }

    /// Kinds of objects that a picture of a cluster is made of.
    package enum ObjectKind: String, Hashable, Sendable, CaseIterable {
        case nodes
        case pods
        case workloads
        case budgets
        case volumes
        case namespaces
    }

    package func node(_ name: String) -> Node? { nodes.find(name, by: \.name) }

    package func pod(_ id: PodID) -> Pod? { pods.find(id, by: \.id) }

    /// The pods that are bound to `node`, finished ones too.
    package func pods(on node: String) -> [Pod] { pods.filter { $0.node == node } }

    /// What the claims of `pod` are bound to; claims that the picture does not hold are left out.
    package func volumes(of pod: Pod) -> [Volume] {
        pod.claims.compactMap { volumes[ClaimID(namespace: pod.id.namespace, name: $0)] }
    }

    /// The budgets that select `pod`.
    package func budgets(of pod: Pod) -> [DisruptionBudget] { budgets.filter { $0.selects(pod) } }

    /// How many pods a budget expects: the replicas of the workloads its pods belong to, and each pod whose workload
    /// has no such number, as the disruption controller counts.
    package func expectedPods(of budget: DisruptionBudget) -> Int {
        let selected = pods.filter { budget.selects($0) && !$0.isFinished }
        let counted = Set(selected.compactMap(\.workload)).compactMap { workloads[$0]?.replicas }
        let uncounted = selected.count { pod in pod.workload.flatMap { workloads[$0]?.replicas } == nil }
        return counted.reduce(uncounted, +)
    }
}

extension Cluster {
    mutating func replace(_ node: Node) { nodes.put(node, by: \.name) }
    mutating func replace(_ pod: Pod) { pods.put(pod, by: \.id) }
    mutating func replace(_ budget: DisruptionBudget) { budgets.put(budget, by: \.id) }
    mutating func replace(_ volume: Volume) { volumes[volume.claim] = volume }
    mutating func replaceNamespace(_ name: String, labels: Labels) { namespaces[name] = labels }
    mutating func replace(_ workload: Workload) { workloads[workload.id] = workload }

    mutating func removeNode(_ name: String) { nodes.drop(name, by: \.name) }
    mutating func removeBudget(_ id: BudgetID) { budgets.drop(id, by: \.id) }
    mutating func removeWorkload(_ id: WorkloadID) { workloads[id] = nil }

    mutating func removeVolume(_ claim: ClaimID) { volumes[claim] = nil }
    mutating func removeNamespace(_ name: String) { namespaces[name] = nil }

    /// Takes the pod away unless another one has its name by now.
    mutating func removePod(_ id: PodID, uid: String) {
        if pod(id)?.uid == uid { pods.drop(id, by: \.id) }
    }
}

/// An array kept sorted by a key, looked up by bisection.
extension Array {
    fileprivate func position<Key: Comparable>(of key: Key, by path: KeyPath<Element, Key>) -> Int {
        var low = startIndex
        var high = endIndex
        while low < high {
            let middle = low + (high - low) / 2
            if self[middle][keyPath: path] < key { low = middle + 1 } else { high = middle }
        }
        return low
    }

    fileprivate func find<Key: Comparable>(_ key: Key, by path: KeyPath<Element, Key>) -> Element? {
        let index = position(of: key, by: path)
        return index < endIndex && self[index][keyPath: path] == key ? self[index] : nil
    }

    fileprivate mutating func put<Key: Comparable>(_ element: Element, by path: KeyPath<Element, Key>) {
        let key = element[keyPath: path]
        let index = position(of: key, by: path)
        if index < endIndex, self[index][keyPath: path] == key {
            self[index] = element
        } else {
            insert(element, at: index)
        }
    }

    fileprivate mutating func drop<Key: Comparable>(_ key: Key, by path: KeyPath<Element, Key>) {
        let index = position(of: key, by: path)
        if index < endIndex, self[index][keyPath: path] == key { remove(at: index) }
    }
}
