import ClusterModel

extension Toleration {
    init(json cursor: inout JSONCursor) throws {
        var fields: [String: String] = [:]
        try cursor.object { cursor, key in fields[key.text] = try cursor.scalar() }
        self.init(
            key: fields["key"].flatMap { $0.isEmpty ? nil : $0 },
            exists: fields["operator"] == "Exists",
            value: fields["value"] ?? "",
            effect: fields["effect"].flatMap(Taint.Effect.init(rawValue:))
        )
    }
}

extension NodeSelectorTerm {
    /// Reads a node selector: its terms are alternatives.
    static func list(_ cursor: inout JSONCursor) throws -> [NodeSelectorTerm] {
        var terms: [NodeSelectorTerm] = []
        try cursor.object(at: "nodeSelectorTerms") { terms = try $0.list { try NodeSelectorTerm(json: &$0) } }
        return terms
    }

    init(json cursor: inout JSONCursor) throws {
        self.init()
        try cursor.object { cursor, key in
            switch key {
            case "matchExpressions": matchExpressions = try LabelSelector.Requirement.list(&cursor)
            case "matchFields": matchFields = try LabelSelector.Requirement.list(&cursor)
            default: try cursor.skip()
            }
        }
    }
}

extension LabelSelector.Requirement {
    static func list(_ cursor: inout JSONCursor) throws -> [LabelSelector.Requirement] {
        try cursor.list { cursor in
            var requirement = LabelSelector.Requirement(key: "", operator: .exists)
            try cursor.object { cursor, key in
                switch key {
                case "key": requirement.key = try cursor.text()
                case "operator":
                    let word = try cursor.text()
                    guard let known = Operator(rawValue: word) else { throw cursor.error("unknown operator \(word)") }
                    requirement.operator = known
                case "values": requirement.values = try cursor.strings()
                default: try cursor.skip()
                }
            }
            return requirement
        }
    }
}

extension LabelSelector {
    /// Nil where the object has a null in its place.
    init?(ifPresent cursor: inout JSONCursor) throws {
        if try cursor.takeNull() { return nil }
        try self.init(json: &cursor)
    }

    init(json cursor: inout JSONCursor) throws {
        self.init()
        try cursor.object { cursor, key in
            switch key {
            case "matchLabels": matchLabels = try cursor.map()
            case "matchExpressions": matchExpressions = try Requirement.list(&cursor)
            default: try cursor.skip()
            }
        }
    }
}
