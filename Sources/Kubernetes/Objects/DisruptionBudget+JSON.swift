import ClusterModel

extension DisruptionBudget {
    /// - Parameter isBeta: read as `policy/v1beta1`, where an empty selector selects nothing.
    init(json cursor: inout JSONCursor, isBeta: Bool, _ shared: SharedParts = SharedParts()) throws {
        var head = ObjectHead()
        self.init(id: BudgetID(namespace: "", name: ""), selector: nil, rule: .minAvailable(.count(1)))
        var counted = CountedBudget()
        try cursor.object { cursor, key in
            switch key {
            case "metadata": try head.read(&cursor, shared, annotations: .none)
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
            case "selector": selector = try LabelSelector(ifPresent: &cursor)
            case "minAvailable": if let value = try Self.amount(&cursor) { rule = .minAvailable(value) }
            case "maxUnavailable": if let value = try Self.amount(&cursor) { rule = .maxUnavailable(value) }
            case "unhealthyPodEvictionPolicy":
                unhealthyPodEviction = UnhealthyPodEviction(rawValue: try cursor.text()) ?? .ifHealthyBudget
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
            case "disruptionsAllowed", "currentHealthy", "desiredHealthy", "expectedPods":
                numbers[key.text] = try cursor.integer(in: Int(Int32.min)...Int(Int32.max))
            case "observedGeneration": numbers[key.text] = try cursor.integer()
            case "conditions":
                // The controller could not count the pods, and never states an observedGeneration.
                try Condition.each(&cursor) { condition in
                    guard condition.is("DisruptionAllowed") else { return }
                    hasFailed = !condition.isTrue && condition.reason?.is("SyncFailed") ?? false
                }
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
