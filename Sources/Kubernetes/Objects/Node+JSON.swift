import ClusterModel

extension Node {
    init(json cursor: inout JSONCursor, _ shared: SharedParts = SharedParts()) throws {
        var head = ObjectHead()
        self.init(name: "", ready: false, allocatable: .zero)
        try cursor.object { cursor, key in
            switch key {
            case "metadata": try head.read(&cursor, shared, annotations: .one(Node.cordonOwnerAnnotation))
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
                taints = try cursor.list { try Taint(json: &$0) }.compactMap { $0 }
            default: try cursor.skip()
            }
        }
    }

    private mutating func readStatus(_ cursor: inout JSONCursor) throws {
        var stated: Resources?
        var capacity = Resources.zero
        try cursor.object { cursor, key in
            switch key {
            case "allocatable": stated = try Resources(json: &cursor)
            case "capacity": capacity = try Resources(json: &cursor)
            case "conditions": try Condition.each(&cursor) { if $0.is("Ready") { ready = $0.isTrue } }
            case "addresses": address = try Self.internalAddress(&cursor)
            case "nodeInfo":
                let info = try cursor.map()
                kubeletVersion = info["kubeletVersion"].flatMap { Version($0) }
                bootID = info["bootID"] ?? ""
            default: try cursor.skip()
            }
        }
        // The API's default where the kubelet states nothing.
        allocatable = stated ?? capacity
    }

    private static func internalAddress(_ cursor: inout JSONCursor) throws -> String? {
        let addresses = try cursor.list { try $0.map() }
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
