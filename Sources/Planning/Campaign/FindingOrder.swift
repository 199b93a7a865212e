import ClusterModel

extension Finding {
    /// Whether both tell of the same thing, whatever their numbers; a warning of a pod is one wherever the pod stands.
    func isAbout(_ other: Finding) -> Bool {
        guard rule == other.rule, severity == other.severity, pod == other.pod, budget == other.budget else {
            return false
        }
        if severity != .obstacle, pod != nil { return true }
        return node == other.node && (pod != nil || node != nil || budget != nil || message == other.message)
    }
}

extension [Finding] {
    /// By severity, rule, node, pod.
    var inReadingOrder: [Finding] {
        let severities = Dictionary(uniqueKeysWithValues: zip(Finding.Severity.allCases, 0...))
        let rules = Dictionary(uniqueKeysWithValues: zip(Finding.Rule.allCases, 0...))
        func key(_ finding: Finding) -> (Int, Int, String, String, String, String) {
            (
                severities[finding.severity] ?? 0, rules[finding.rule] ?? 0, finding.node ?? "",
                finding.pod?.description ?? "", finding.budget?.description ?? "", finding.message
            )
        }
        return map { (key($0), $0) }.sorted { $0.0 < $1.0 }.map(\.1)
    }
}
