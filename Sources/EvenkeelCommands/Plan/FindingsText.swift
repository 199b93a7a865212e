import Planning

/// Findings as a person reads them: what one cause does to many nodes is said once, with the nodes' names.
struct FindingsText {
    private let findings: [Finding]

    /// How many further nodes of one cause are named.
    private static let named = 8

    init(_ findings: [Finding]) {
        self.findings = findings
    }

    var text: String {
        var order: [Cause] = []
        var groups: [Cause: [Finding]] = [:]
        for finding in findings {
            let cause = Cause(finding)
            if groups[cause] == nil { order.append(cause) }
            groups[cause, default: []].append(finding)
        }
        return order.map { text(of: groups[$0] ?? []) }.joined(separator: "\n")
    }

    private func text(of group: [Finding]) -> String {
        guard let first = group.first else { return "" }
        let place = first.node.map { "\($0): " } ?? ""
        var lines = ["  \(first.severity.rawValue.uppercased())  \(place)\(first.message) [\(first.rule.rawValue)]"]
        let others = group.dropFirst().compactMap(\.node)
        if !others.isEmpty {
            let rest = others.count > Self.named ? ", +\(others.count - Self.named) more" : ""
            lines.append("            likewise: \(others.prefix(Self.named).joined(separator: ", "))\(rest)")
        }
        lines.append("            fix: \(first.fix)")
        return lines.joined(separator: "\n")
    }

    /// What makes findings one story: the same fix mends them all.
    private struct Cause: Hashable {
        let rule: Finding.Rule
        let severity: Finding.Severity
        let budget: String?
        let fix: String
        /// Findings about no node stand for themselves.
        let message: String?

        init(_ finding: Finding) {
            rule = finding.rule
            severity = finding.severity
            budget = finding.budget.map { "\($0)" }
            fix = finding.fix
            message = finding.node == nil ? finding.message : nil
        }
    }
}
