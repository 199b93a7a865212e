import ClusterModel

/// A PersistentVolumeClaim.
struct Claim: Hashable {
    var id: ClaimID
    var volume = ""
    /// Nil where it names none.
    var storageClass: String?
    var accessModes: Set<String> = []
    /// Its binding is complete, as its annotation or its status says.
    var isBound = false
    var isTerminating = false

    private static let boundAnnotation = "pv.kubernetes.io/bind-completed"

    init(json cursor: inout JSONCursor, _ shared: SharedParts) throws {
        var head = ObjectHead()
        var phase = ""
        id = ClaimID(namespace: "", name: "")
        try cursor.object { cursor, key in
            switch key {
            case "metadata": try head.read(&cursor, shared, annotations: .one(Self.boundAnnotation))
            case "spec":
                try cursor.object { cursor, key in
                    switch key {
                    case "volumeName": volume = try cursor.text()
                    case "storageClassName": storageClass = try cursor.scalar()
                    case "accessModes": accessModes = Set(try cursor.strings())
                    default: try cursor.skip()
                    }
                }
            case "status": try cursor.object(at: "phase") { phase = try $0.text() }
            default: try cursor.skip()
            }
        }
        id = head.id
        isTerminating = head.isTerminating
        isBound =
            !volume.isEmpty && phase != "Lost" && (head.annotations[Self.boundAnnotation] != nil || phase != "Pending")
    }
}

/// A PersistentVolume.
struct PersistentVolume: Hashable {
    var name = ""
    var nodeAffinity: [NodeSelectorTerm] = []
    /// The zones and regions that its labels name.
    var topology: [String: Set<String>] = [:]
    var accessModes: Set<String> = []
    /// Its data lies on one machine.
    var isLocal = false
    /// It is mounted over a network and never attached to a node.
    var isShared = false

    init(json cursor: inout JSONCursor, _ shared: SharedParts) throws {
        var head = ObjectHead()
        try cursor.object { cursor, key in
            switch key {
            case "metadata": try head.read(&cursor, shared, annotations: .none)
            case "spec": try readSpec(&cursor)
            default: try cursor.skip()
            }
        }
        name = head.name
        for key in Volume.topologyLabels { topology[key] = head.labels[key].flatMap(Self.places) }
    }

    private mutating func readSpec(_ cursor: inout JSONCursor) throws {
        try cursor.object { cursor, key in
            switch key {
            case "accessModes": accessModes = Set(try cursor.strings())
            case "nodeAffinity": try cursor.object(at: "required") { nodeAffinity = try NodeSelectorTerm.list(&$0) }
            case "local", "hostPath":
                isLocal = try cursor.peek() != .null
                try cursor.skip()
            case "nfs", "cephfs", "azureFile", "glusterfs":
                isShared = try cursor.peek() != .null
                try cursor.skip()
            default: try cursor.skip()
            }
        }
    }

    /// `a__b` names two places; a name that is empty makes the whole label worthless (`LabelZonesToSet`).
    private static func places(_ text: String) -> Set<String>? {
        let places = text.split(separator: "__", omittingEmptySubsequences: false)
            .map { $0.drop { $0 == " " } }
        return places.contains(where: \.isEmpty) ? nil : Set(places.map(String.init))
    }
}

/// A StorageClass.
struct StorageClass: Hashable {
    var name = ""
    var waitsForPod = false
    var isDefault = false

    private static let defaultAnnotation = "storageclass.kubernetes.io/is-default-class"

    init(json cursor: inout JSONCursor, _ shared: SharedParts) throws {
        var head = ObjectHead()
        try cursor.object { cursor, key in
            switch key {
            case "metadata":
                try head.read(&cursor, shared, annotations: .one(Self.defaultAnnotation))
            case "volumeBindingMode": waitsForPod = try cursor.text() == "WaitForFirstConsumer"
            default: try cursor.skip()
            }
        }
        name = head.name
        isDefault = head.annotations[Self.defaultAnnotation] == "true"
    }
}
