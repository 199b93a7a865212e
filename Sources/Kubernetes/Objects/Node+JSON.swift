import ClusterModel

extension Node {
    init(json cursor: inout JSONCursor) throws {
        var head = ObjectHead()
        self.init(name: "", ready: false, allocatable: .zero)
        try cursor.object { cursor, key in
            switch key {
            case "metadata": try head.read(&cursor)
            case "spec": try readSpec(&cursor)
            case "status": try readStatus(&cursor)
            default: try cursor.skip()
            }
        }
        name = head.name
        uid = head.uid
        resourceVersion = head.resourceVersion
        labels = head.labels
        cordonOwner = head.annotations[Node.cordonOwnerAnnotation]
    }

    private mutating func readSpec(_ cursor: inout JSONCursor) throws {
        try cursor.object { cursor, key in
            switch key {
            case "unschedulable": unschedulable = try cursor.boolean()
            case "taints":
                try cursor.array { cursor in
                    if let taint = try Taint(json: &cursor) { taints.append(taint) }
                }
            default: try cursor.skip()
            }
        }
    }

    private mutating func readStatus(_ cursor: inout JSONCursor) throws {
        try cursor.object { cursor, key in
            switch key {
            case "allocatable": allocatable = try Resources(json: &cursor)
            case "conditions": ready = try Condition.list(&cursor).contains { $0.type == "Ready" && $0.isTrue }
            case "addresses": address = try Self.internalAddress(&cursor)
            case "nodeInfo":
                let info = try cursor.map()
                kubeletVersion = info["kubeletVersion"].flatMap { Version($0) }
                bootID = info["bootID"] ?? ""
            default: try cursor.skip()
            }
        }
    }

    private static func internalAddress(_ cursor: inout JSONCursor) throws -> String? {
        var addresses: [[String: String]] = []
        try cursor.array { cursor in addresses.append(try cursor.map()) }
        let preferred = addresses.first { $0["type"] == "InternalIP" } ?? addresses.first
        return preferred?["address"]
    }
}

extension Taint {
    init?(json cursor: inout JSONCursor) throws {
        let fields = try cursor.map()
        guard let effect = Effect(rawValue: fields["effect"] ?? "") else { return nil }
        self.init(key: fields["key"] ?? "", value: fields["value"] ?? "", effect: effect)
    }
}

extension Resources {
    /// Quantities that cannot be read count as absent.
    init(json cursor: inout JSONCursor) throws {
        self.init()
        for (name, quantity) in try cursor.map() { _ = set(name, quantity: quantity) }
    }
}

/// One entry of a status's conditions.
struct Condition {
    var type = ""
    var isTrue = false
    var reason = ""

    static func list(_ cursor: inout JSONCursor) throws -> [Condition] {
        var conditions: [Condition] = []
        try cursor.array { cursor in
            var condition = Condition()
            try cursor.object { cursor, key in
                switch key {
                case "type": condition.type = try cursor.text()
                case "status": condition.isTrue = try cursor.scalar() == "True"
                case "reason": condition.reason = try cursor.text()
                default: try cursor.skip()
                }
            }
            conditions.append(condition)
        }
        return conditions
    }
}
