import ClusterModel

/// Which objects a list or watch is about: namespace, label selector and field selector.
struct ObjectFilter: Sendable {
    let kind: ResourceKind
    let namespace: String?
    let labels: LabelSelector?
    let fields: [FieldRule]

    struct FieldRule: Sendable {
        let path: String
        let value: String
        let isEqual: Bool
    }

    /// `remainingItemCount` is not told where a selector is used.
    var hasSelector: Bool { labels != nil || !fields.isEmpty }

    init(_ kind: ResourceKind, _ namespace: String?, _ request: PracticeRequest) throws(Refusal) {
        self.kind = kind
        self.namespace = namespace
        labels = try Self.labels(request.parameter("labelSelector") ?? "")
        fields = try Self.fields(request.parameter("fieldSelector") ?? "", kind)
    }

    private static func labels(_ text: String) throws(Refusal) -> LabelSelector? {
        guard !text.isEmpty else { return nil }
        let selector = LabelSelector(text: text)
        // A value with an equals sign in it is a third operand.
        let isSound = selector?.matchExpressions.allSatisfy { $0.values.allSatisfy { !$0.contains("=") } } ?? false
        guard let selector, isSound else {
            throw .badRequest("unable to parse requirement: found '\(text.prefix(1))', expected: identifier")
        }
        return selector
    }

    private static func fields(_ text: String, _ kind: ResourceKind) throws(Refusal) -> [FieldRule] {
        var rules: [FieldRule] = []
        for part in text.split(separator: ",") {
            let isEqual = !part.contains("!=")
            let sides = part.split(separator: "=", omittingEmptySubsequences: false)
                .map { $0.hasSuffix("!") ? $0.dropLast() : $0 }
            guard sides.count >= 2, let path = sides.first, let value = sides.last else {
                throw .badRequest("invalid selector: '\(text)'; can't understand '\(part)'")
            }
            guard supported(kind).contains(String(path)) else {
                throw .badRequest("field label not supported: \(path)")
            }
            rules.append(FieldRule(path: String(path), value: String(value), isEqual: isEqual))
        }
        return rules
    }

    private static func supported(_ kind: ResourceKind) -> [String] {
        let own: [String] =
            switch kind {
            case .pod:
                [
                    "spec.nodeName", "status.phase", "spec.restartPolicy", "spec.schedulerName",
                    "spec.serviceAccountName",
                ]
            case .node: ["spec.unschedulable"]
            case .namespace: ["status.phase"]
            case .event:
                [
                    "involvedObject.kind", "involvedObject.name", "involvedObject.namespace", "involvedObject.uid",
                    "reason", "type",
                ]
            case .job: ["status.successful"]
            default: []
            }
        return ["metadata.name"] + (kind.isNamespaced ? ["metadata.namespace"] : []) + own
    }

    func matches(_ key: ObjectKey, _ object: JSONValue) -> Bool {
        if let namespace, key.namespace != namespace { return false }
        if let labels, !labels.matches(object.labels) { return false }
        return fields.allSatisfy { rule in
            let keys = rule.path.split(separator: ".").map(String.init)
            let found = keys.reduce(Optional(object)) { $0?[$1] }
            let text = found?.string ?? found?.bool.map { $0 ? "true" : "false" } ?? ""
            let missing = rule.path == "spec.unschedulable" && text.isEmpty ? "false" : text
            return (missing == rule.value) == rule.isEqual
        }
    }
}
