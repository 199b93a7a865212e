import ClusterModel

/// Gathers Kubernetes objects, in whatever packing they come, and makes a cluster of them.
struct ObjectCollector: Sendable {
    var nodes: [Node] = []
    var pods: [Pod] = []
    var controllers: [WorkloadID: Controller] = [:]
    var budgets: [DisruptionBudget] = []
    /// Kinds that were seen, even if their list was empty.
    var kinds: Set<String> = []

    /// Reads one object; what is of no use here is passed over.
    mutating func read(_ type: ObjectType, _ cursor: inout JSONCursor) throws {
        kinds.insert(type.kind)
        guard type.isKnown else { return try cursor.skip() }
        switch type.kind {
        case "Node": nodes.append(try Node(json: &cursor))
        case "Pod": pods.append(try Pod(json: &cursor))
        case "PodDisruptionBudget":
            budgets.append(try DisruptionBudget(json: &cursor, isBeta: type.apiVersion == "policy/v1beta1"))
        default:
            let controller = try Controller(kind: type.kind, json: &cursor)
            controllers[controller.workload.id] = controller
        }
    }

    /// What was gathered; of an object that came twice, the one that came last.
    func cluster(serverVersion: Version? = nil) -> Cluster {
        Cluster(
            nodes: Self.latest(nodes, by: \.name),
            pods: Self.latest(pods, by: \.id).map(traced),
            workloads: controllers.values.filter { $0.above == nil }.map(\.workload),
            budgets: Self.latest(budgets, by: \.id),
            serverVersion: serverVersion
        )
    }

    /// The pod with its workload traced to the top: a ReplicaSet's pod belongs to the Deployment.
    func traced(_ pod: Pod) -> Pod {
        guard let owner = pod.owner, owner.kind == "ReplicaSet", let workload = pod.workload else { return pod }
        var pod = pod
        if let controller = controllers[workload] {
            pod.workload = controller.above ?? workload
        } else if let hash = pod.labels["pod-template-hash"], owner.name.hasSuffix("-\(hash)") {
            let name = String(owner.name.dropLast(hash.count + 1))
            pod.workload = WorkloadID(kind: "Deployment", namespace: pod.id.namespace, name: name)
        }
        return pod
    }

    mutating func merge(_ other: ObjectCollector) {
        nodes += other.nodes
        pods += other.pods
        budgets += other.budgets
        controllers.merge(other.controllers) { _, last in last }
        kinds.formUnion(other.kinds)
    }

    private static func latest<Object, Key: Hashable>(_ objects: [Object], by key: KeyPath<Object, Key>) -> [Object] {
        let byKey = Dictionary(objects.map { ($0[keyPath: key], $0) }, uniquingKeysWith: { _, last in last })
        return byKey.count == objects.count ? objects : Array(byKey.values)
    }
}

/// What an object says it is.
struct ObjectType: Hashable, Sendable {
    var kind = ""
    /// Empty where nothing says it.
    var apiVersion = ""

    /// The API groups of the kinds that matter; other groups have kinds of the same names.
    private static let groups: [String: String] = [
        "DaemonSet": "apps", "Deployment": "apps", "Job": "batch", "Node": "", "Pod": "",
        "PodDisruptionBudget": "policy",
        "ReplicaSet": "apps", "ReplicationController": "", "StatefulSet": "apps",
    ]

    var isKnown: Bool {
        guard let group = Self.groups[kind] else { return false }
        return apiVersion.isEmpty || group == (apiVersion.contains("/") ? apiVersion.prefix { $0 != "/" } : "")
    }

    /// What the items of a list of this kind are, unless each says its own.
    var item: ObjectType? {
        guard kind.hasSuffix("List"), kind != "List" else { return nil }
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
