import ClusterModel

/// Which budgets select which pod, found by one label that a budget asks for.
struct BudgetSelection {
    private struct Key: Hashable {
        var namespace: String
        var label: String
        var value: String
    }

    private let budgets: [DisruptionBudget]
    private var labelled: [Key: [Int]] = [:]
    /// Budgets whose selector names no plain label, by namespace.
    private var others: [String: [Int]] = [:]
    private var namespaces: Set<String> = []

    init(_ budgets: [DisruptionBudget]) {
        self.budgets = budgets
        for (index, budget) in budgets.enumerated() {
            guard let selector = budget.selector else { continue }
            let namespace = budget.id.namespace
            namespaces.insert(namespace)
            if let first = selector.matchLabels.keys.min(), let value = selector.matchLabels[first] {
                labelled[Key(namespace: namespace, label: first, value: value), default: []].append(index)
            } else {
                others[namespace, default: []].append(index)
            }
        }
    }

    /// Indices of the budgets that select `pod`, ascending.
    func budgets(selecting pod: Pod) -> [Int] {
        let namespace = pod.id.namespace
        guard namespaces.contains(namespace) else { return [] }
        var candidates = others[namespace] ?? []
        for (label, value) in pod.labels {
            if let found = labelled[Key(namespace: namespace, label: label, value: value)] { candidates += found }
        }
        return candidates.filter { budgets[$0].selects(pod) }.sorted()
    }
}
