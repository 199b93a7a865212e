/// What an object says it is.
struct ObjectType: Hashable, Sendable {
    var kind = ""
    /// Empty where nothing says it.
    var apiVersion = ""

    /// The API groups of the kinds that matter; other groups have kinds of the same names.
    private static let groups: [String: String] = [
        "DaemonSet": "apps", "Deployment": "apps", "ReplicaSet": "apps", "StatefulSet": "apps",
        "ReplicationController": "", "Job": "batch",
        "Node": "", "Pod": "", "Namespace": "", "PodDisruptionBudget": "policy",
        "PersistentVolume": "", "PersistentVolumeClaim": "", "StorageClass": "storage.k8s.io",
        "Lease": "coordination.k8s.io",
    ]

    static let controllers: Set<String> = [
        "DaemonSet", "Deployment", "ReplicaSet", "StatefulSet", "ReplicationController", "Job",
    ]

    var isKnown: Bool {
        guard let group = Self.groups[kind] else { return false }
        return apiVersion.isEmpty || group == (apiVersion.contains("/") ? apiVersion.prefix { $0 != "/" } : "")
    }

    var isList: Bool { kind.hasSuffix("List") }

    /// What the items of a list of this kind are, unless each says its own.
    var item: ObjectType? {
        guard isList, kind != "List" else { return nil }
        return ObjectType(kind: String(kind.dropLast(4)), apiVersion: apiVersion)
    }

    /// Reads on in an object only until both are known; nil where it does not say its kind.
    init?(ofObjectAt cursor: JSONCursor) throws {
        var ahead = cursor
        guard try ahead.peek() == .object else { return nil }
        var type = ObjectType()
        try ahead.members { cursor, key in
            switch key {
            case "kind": type.kind = try cursor.text()
            case "apiVersion": type.apiVersion = try cursor.text()
            default: try cursor.skip()
            }
            return type.kind.isEmpty || type.apiVersion.isEmpty
        }
        if type.kind.isEmpty { return nil }
        self = type
    }

    init(kind: String = "", apiVersion: String = "") {
        self.kind = kind
        self.apiVersion = apiVersion
    }
}
