import ClusterModel

/// A label selector, as Kubernetes writes one.
struct SelectorEntry: Hashable, Codable {
    struct RequirementEntry: Hashable, Codable {
        var key: String
        var `operator`: String
        var values: [String]
    }

    var matchLabels: [String: String]
    var matchExpressions: [RequirementEntry]

    init(_ selector: LabelSelector) {
        matchLabels = selector.matchLabels
        matchExpressions = selector.matchExpressions.map {
            RequirementEntry(key: $0.key, operator: $0.operator.rawValue, values: $0.values)
        }
    }

    func selector(at place: String) throws(PlanFileError) -> LabelSelector {
        var requirements: [LabelSelector.Requirement] = []
        for (index, entry) in matchExpressions.enumerated() {
            guard let kind = LabelSelector.Requirement.Operator(rawValue: entry.operator) else {
                throw .value(
                    at: "\(place).matchExpressions[\(index)].operator",
                    found: entry.operator,
                    expected: "In, NotIn, Exists, DoesNotExist, Gt or Lt"
                )
            }
            requirements.append(LabelSelector.Requirement(key: entry.key, operator: kind, values: entry.values))
        }
        return LabelSelector(matchLabels: matchLabels, matchExpressions: requirements)
    }
}
