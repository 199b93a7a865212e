import ClusterModel

/// An object of a kind that matters here.
enum ClusterObject {
    case node(Node)
    case pod(Pod)
    case budget(DisruptionBudget)
    case controller(Controller)
    case claim(Claim)
    case volume(PersistentVolume)
    case storageClass(StorageClass)
    case namespace(String, labels: Labels)
    case lease(LeaderLease)

    /// Reads an object of a known type.
    ///
    /// - Throws: `JSONError` that names the object.
    init(_ type: ObjectType, _ cursor: inout JSONCursor, _ shared: SharedParts) throws {
        let start = cursor
        do {
            self = try Self.read(type, &cursor, shared)
            if name.isEmpty { throw start.error("the object has no name") }
        } catch var error as JSONError {
            error.subject = Self.subject(type, start)
            throw error
        }
    }

    private static func read(
        _ type: ObjectType,
        _ cursor: inout JSONCursor,
        _ shared: SharedParts
    ) throws -> ClusterObject {
        switch type.kind {
        case "Pod": return .pod(try Pod(json: &cursor, shared))
        case "Node": return .node(try Node(json: &cursor, shared))
        case "PodDisruptionBudget":
            let isBeta = type.apiVersion == "policy/v1beta1"
            return .budget(try DisruptionBudget(json: &cursor, isBeta: isBeta, shared))
        case "PersistentVolumeClaim": return .claim(try Claim(json: &cursor, shared))
        case "PersistentVolume": return .volume(try PersistentVolume(json: &cursor, shared))
        case "StorageClass": return .storageClass(try StorageClass(json: &cursor, shared))
        case "Namespace":
            var head = ObjectHead()
            try cursor.object(at: "metadata") { try head.read(&$0, shared, annotations: .none) }
            // The API server gives every namespace this label.
            head.labels["kubernetes.io/metadata.name"] = head.name
            return .namespace(head.name, labels: head.labels)
        case "Lease": return .lease(try LeaderLease(json: &cursor, shared))
        default: return .controller(try Controller(kind: type.kind, json: &cursor, shared))
        }
    }

    private var name: String {
        switch self {
        case .node(let node): node.name
        case .pod(let pod): pod.id.name
        case .budget(let budget): budget.id.name
        case .controller(let controller): controller.workload.id.name
        case .claim(let claim): claim.id.name
        case .volume(let volume): volume.name
        case .storageClass(let storageClass): storageClass.name
        case .namespace(let name, _): name
        case .lease(let lease): lease.id.name
        }
    }

    /// Who an object is that cannot be read, as far as it says so before it breaks.
    private static func subject(_ type: ObjectType, _ start: JSONCursor) -> String {
        var ahead = start
        var head = ObjectHead()
        try? ahead.object(at: "metadata") { try head.read(&$0, annotations: .none) }
        if head.name.isEmpty { return "a \(type.kind)" }
        return head.namespace.isEmpty ? "\(type.kind) \(head.name)" : "\(type.kind) \(head.namespace)/\(head.name)"
    }
}
