import ClusterModel

/// Gathers Kubernetes objects, in whatever packing they come, and makes a cluster of them.
struct ObjectCollector {
    var nodes: [Node] = []
    var pods: [Pod] = []
    var controllers: [WorkloadID: Controller] = [:]
    var budgets: [DisruptionBudget] = []
    /// Kinds that were seen, even if their list was empty.
    var kinds: Set<String> = []

    /// Reads one document: a list of any kind, or a single object.
    mutating func readDocument(_ cursor: inout JSONCursor) throws {
        let start = cursor
        var kind = ""
        var apiVersion = ""
        var hasItems = false
        try cursor.object { cursor, key in
            switch key {
            case "kind": kind = try cursor.scalar() ?? ""
            case "apiVersion": apiVersion = try cursor.scalar() ?? ""
            case "items":
                hasItems = true
                try cursor.skip()
            default: try cursor.skip()
            }
        }
        if kind.isEmpty { throw start.error("this is no Kubernetes object: it has no kind") }
        var again = start
        guard hasItems || kind.hasSuffix("List") else { return try read(kind, apiVersion, &again) }
        let itemKind = kind == "List" ? nil : String(kind.dropLast(4))
        if let itemKind { kinds.insert(itemKind) }
        try again.object(at: "items") { cursor in
            try cursor.array { cursor in try readItem(&cursor, kind: itemKind, apiVersion: apiVersion) }
        }
    }

    /// An item of a list says its own kind, or has that of the list.
    private mutating func readItem(_ cursor: inout JSONCursor, kind: String?, apiVersion: String) throws {
        if let kind { return try read(kind, apiVersion, &cursor) }
        var own = ""
        var version = apiVersion
        var ahead = cursor
        try ahead.object { cursor, key in
            switch key {
            case "kind": own = try cursor.scalar() ?? ""
            case "apiVersion": version = try cursor.scalar() ?? ""
            default: try cursor.skip()
            }
        }
        try read(own, version, &cursor)
    }

    /// Reads one object of a known kind; others are passed over.
    mutating func read(_ kind: String, _ apiVersion: String, _ cursor: inout JSONCursor) throws {
        kinds.insert(kind)
        switch kind {
        case "Node": nodes.append(try Node(json: &cursor))
        case "Pod": pods.append(try Pod(json: &cursor))
        case "PodDisruptionBudget":
            budgets.append(try DisruptionBudget(json: &cursor, isBeta: apiVersion == "policy/v1beta1"))
        case let kind where Controller.kinds.contains(kind):
            let controller = try Controller(kind: kind, json: &cursor)
            controllers[controller.workload.id] = controller
        default: try cursor.skip()
        }
    }

    func cluster(serverVersion: Version? = nil) -> Cluster {
        Cluster(
            nodes: nodes,
            pods: pods.map(traced),
            workloads: controllers.values.filter { $0.owner == nil }.map(\.workload),
            budgets: budgets,
            serverVersion: serverVersion
        )
    }

    /// The pod with its workload traced to the top: a ReplicaSet's pod belongs to the Deployment.
    func traced(_ pod: Pod) -> Pod {
        guard let owner = pod.owner, let workload = pod.workload else { return pod }
        var pod = pod
        if let controller = controllers[workload] {
            if let above = controller.owner {
                pod.workload = WorkloadID(kind: above.kind, namespace: pod.id.namespace, name: above.name)
            }
        } else if owner.kind == "ReplicaSet", let hash = pod.labels["pod-template-hash"],
            owner.name.hasSuffix("-\(hash)")
        {
            let name = String(owner.name.dropLast(hash.count + 1))
            pod.workload = WorkloadID(kind: "Deployment", namespace: pod.id.namespace, name: name)
        }
        return pod
    }
}
