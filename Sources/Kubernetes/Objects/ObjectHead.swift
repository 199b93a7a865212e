import ClusterModel

/// The metadata that every object carries, as far as it matters here.
struct ObjectHead {
    var name = ""
    var namespace = ""
    var uid = ""
    var resourceVersion = ""
    var generation = 0
    var labels: Labels = [:]
    var annotations: Labels = [:]
    var isTerminating = false
    var owner: OwnerReference?

    var id: PodID { PodID(namespace: namespace, name: name) }

    mutating func read(_ cursor: inout JSONCursor) throws {
        try cursor.object { cursor, key in
            switch key {
            case "name": name = try cursor.text()
            case "namespace": namespace = try cursor.text()
            case "uid": uid = try cursor.text()
            case "resourceVersion": resourceVersion = try cursor.text()
            case "generation": generation = try cursor.integer() ?? 0
            case "labels": labels = try cursor.map()
            case "annotations": annotations = try cursor.map()
            case "deletionTimestamp": isTerminating = try cursor.scalar() != nil
            case "ownerReferences": try readOwners(&cursor)
            default: try cursor.skip()
            }
        }
    }

    private mutating func readOwners(_ cursor: inout JSONCursor) throws {
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
        owner = controller
    }
}
