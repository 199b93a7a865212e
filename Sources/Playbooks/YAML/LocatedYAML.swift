import Yams

/// A value of a YAML document that knows where it stands; its accessors report what is wrong and go on.
struct LocatedYAML {
    let node: Yams.Node
    let path: String
    let line: Int
    let column: Int
    let report: YAMLReport

    init(node: Yams.Node, path: String, report: YAMLReport) {
        self.node = node
        self.path = path
        line = node.mark?.line ?? 1
        column = node.mark?.column ?? 1
        self.report = report
    }

    /// The document's root; nil for a document without content, and for one that is not YAML, which is reported.
    static func root(of text: String, report: YAMLReport) -> LocatedYAML? {
        do {
            guard let node = try Yams.compose(yaml: text) else { return nil }
            let root = LocatedYAML(node: node, path: "", report: report)
            return root.isNull ? nil : root
        } catch {
            report.addSyntaxError(error, in: text)
            return nil
        }
    }

    /// Nothing was written after the key, or `null` or `~`.
    var isNull: Bool {
        guard case .scalar(let scalar) = node, scalar.style == .plain || scalar.style == .any else { return false }
        return ["", "~", "null", "Null", "NULL"].contains(scalar.string) && scalar.tag.rawValue.isEmpty
    }

    /// The scalar as it was written; nil for a mapping or a list.
    var written: String? { node.scalar?.string }

    var isList: Bool { node.sequence != nil }

    /// Reports a complaint about this value. Answers nil, for accessors to return.
    @discardableResult
    func complain<Value>(_ message: String, fix: String? = nil) -> Value? {
        report.add(message, fix: fix, path: path, line: line, column: column)
        return nil
    }

    func complain(_ message: String, fix: String? = nil) {
        report.add(message, fix: fix, path: path, line: line, column: column)
    }

    /// What stands here, in the operator's words.
    var kind: String {
        switch node {
        case .mapping: "a mapping"
        case .sequence: "a list"
        case .alias: "an alias"
        case .scalar(let scalar): scalar.string.contains("\n") ? "a text of several lines" : "`\(scalar.string)`"
        }
    }
}
