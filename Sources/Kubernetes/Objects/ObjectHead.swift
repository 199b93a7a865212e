import ClusterModel

/// The metadata that every object carries, as far as it matters here.
struct ObjectHead {
    var name = ""
    var namespace = ""
    var uid = ""
    var resourceVersion = ""
    var generation = 0
    var labels: Labels = [:]
    /// Those that were asked for.
    var annotations: Labels = [:]
    var isTerminating = false
    var owner: OwnerReference?

    /// An object that names no namespace is in `default`.
    var home: String { namespace.isEmpty ? "default" : namespace }

    var id: PodID { PodID(namespace: home, name: name) }

    /// Which annotations are kept: they can be long, and most are nobody's business here.
    enum Annotations {
        case all
        case one(String)
        case none
    }

    mutating func read(
        _ cursor: inout JSONCursor,
        _ shared: SharedParts = SharedParts(),
        annotations wanted: Annotations = .all
    ) throws {
        try cursor.object { cursor, key in
            switch key {
            case "name": name = try cursor.text()
            case "namespace": namespace = try shared.text(&cursor) ?? ""
            case "uid": uid = try cursor.text()
            case "resourceVersion": resourceVersion = try cursor.text()
            case "generation": generation = try cursor.integer() ?? 0
            case "labels": labels = try shared.labels.value(&cursor) { try $0.map() }
            case "annotations": try readAnnotations(&cursor, wanted)
            case "deletionTimestamp": isTerminating = try cursor.scalar() != nil
            case "ownerReferences": owner = try shared.owners.value(&cursor) { try Self.controller(&$0) }
            default: try cursor.skip()
            }
        }
    }

    private mutating func readAnnotations(_ cursor: inout JSONCursor, _ wanted: Annotations) throws {
        switch wanted {
        case .all: annotations = try cursor.map()
        case .none: try cursor.skip()
        case .one(let name):
            try cursor.object { cursor, key in
                if key.is(name) { annotations[name] = try cursor.scalar() } else { try cursor.skip() }
            }
        }
    }

    private static func controller(_ cursor: inout JSONCursor) throws -> OwnerReference? {
        var controller: OwnerReference?
        try cursor.array { cursor in
            var reference = OwnerReference(kind: "", name: "")
            var controls = false
            try cursor.object { cursor, key in
                switch key {
                case "kind": reference.kind = try cursor.text()
                case "name": reference.name = try cursor.text()
                case "uid": reference.uid = try cursor.text()
                case "controller": controls = try cursor.boolean()
                default: try cursor.skip()
                }
            }
            if controls { controller = reference }
        }
        return controller
    }
}
