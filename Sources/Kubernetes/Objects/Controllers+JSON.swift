import ClusterModel

/// A Deployment, ReplicaSet, StatefulSet, DaemonSet, ReplicationController or Job.
struct Controller {
    var workload: Workload
    var owner: OwnerReference?

    init(kind: String, json cursor: inout JSONCursor) throws {
        var head = ObjectHead()
        var replicas: Int?
        var minReadySeconds = 0
        try cursor.object { cursor, key in
            switch key {
            case "metadata": try head.read(&cursor)
            case "spec":
                try cursor.object { cursor, key in
                    switch key {
                    case "replicas": replicas = try cursor.integer()
                    case "minReadySeconds": minReadySeconds = try cursor.integer() ?? 0
                    default: try cursor.skip()
                    }
                }
            default: try cursor.skip()
            }
        }
        let id = WorkloadID(kind: kind, namespace: head.namespace, name: head.name)
        let wanted = Self.countedKinds.contains(kind) ? replicas ?? 1 : nil
        workload = Workload(id: id, replicas: wanted, minReadySeconds: minReadySeconds)
        owner = head.owner
    }

    static let kinds: Set<String> = [
        "DaemonSet", "Deployment", "Job", "ReplicaSet", "ReplicationController", "StatefulSet",
    ]

    private static let countedKinds: Set<String> = [
        "Deployment", "ReplicaSet", "ReplicationController", "StatefulSet",
    ]
}

extension DisruptionBudget {
    /// - Parameter isBeta: read as `policy/v1beta1`, where an empty selector selects nothing.
    init(json cursor: inout JSONCursor, isBeta: Bool) throws {
        var head = ObjectHead()
        self.init(id: BudgetID(namespace: "", name: ""), selector: nil, rule: .minAvailable(.count(1)))
        var counted = CountedBudget()
        try cursor.object { cursor, key in
            switch key {
            case "metadata": try head.read(&cursor)
            case "spec": try readSpec(&cursor)
            case "status": try counted.read(&cursor)
            default: try cursor.skip()
            }
        }
        id = head.id
        if isBeta, selector?.isEmpty == true { selector = nil }
        status = counted.status(generation: head.generation)
    }

    private mutating func readSpec(_ cursor: inout JSONCursor) throws {
        try cursor.object { cursor, key in
            switch key {
            case "selector": selector = try LabelSelector(json: &cursor)
            case "minAvailable": if let value = try Self.amount(&cursor) { rule = .minAvailable(value) }
            case "maxUnavailable": if let value = try Self.amount(&cursor) { rule = .maxUnavailable(value) }
            case "unhealthyPodEvictionPolicy":
                unhealthyPodEviction = UnhealthyPodEviction(rawValue: try cursor.scalar() ?? "") ?? .ifHealthyBudget
            default: try cursor.skip()
            }
        }
    }

    private static func amount(_ cursor: inout JSONCursor) throws -> CountOrPercent? {
        guard let text = try cursor.scalar() else { return nil }
        guard let amount = CountOrPercent(text) else {
            throw cursor.error("\(text) is neither a number nor a percentage")
        }
        return amount
    }
}

/// The status of a budget as it is written.
private struct CountedBudget {
    private var numbers: [String: Int] = [:]
    private var hasFailed = false

    mutating func read(_ cursor: inout JSONCursor) throws {
        try cursor.object { cursor, key in
            switch key {
            case "disruptionsAllowed", "currentHealthy", "desiredHealthy", "expectedPods", "observedGeneration":
                numbers[key] = try cursor.integer()
            case "conditions": hasFailed = try Condition.list(&cursor).contains { $0.reason == "SyncFailed" }
            default: try cursor.skip()
            }
        }
    }

    func status(generation: Int) -> DisruptionBudget.Status? {
        guard numbers["expectedPods"] != nil || numbers["observedGeneration"] != nil || hasFailed else { return nil }
        return DisruptionBudget.Status(
            disruptionsAllowed: numbers["disruptionsAllowed"] ?? 0,
            currentHealthy: numbers["currentHealthy"] ?? 0,
            desiredHealthy: numbers["desiredHealthy"] ?? 0,
            expectedPods: numbers["expectedPods"] ?? 0,
            isCurrent: !hasFailed && numbers["observedGeneration", default: 0] >= generation
        )
    }
}
