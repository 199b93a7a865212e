import ClusterModel

/// A Deployment, ReplicaSet, StatefulSet, DaemonSet, ReplicationController or Job.
struct Controller: Hashable {
    var workload: Workload
    var owner: OwnerReference?

    init(kind: String, json cursor: inout JSONCursor, _ shared: SharedParts = SharedParts()) throws {
        var head = ObjectHead()
        var replicas: Int?
        var minReadySeconds = 0
        try cursor.object { cursor, key in
            switch key {
            case "metadata": try head.read(&cursor, shared, annotations: .none)
            case "spec":
                try cursor.object { cursor, key in
                    switch key {
                    case "replicas": replicas = try cursor.integer(in: 0...Int(Int32.max))
                    case "minReadySeconds": minReadySeconds = try cursor.integer(in: 0...Int(Int32.max)) ?? 0
                    default: try cursor.skip()
                    }
                }
            default: try cursor.skip()
            }
        }
        let id = WorkloadID(kind: kind, namespace: head.home, name: head.name)
        let wanted = id.keepsReplicas ? replicas ?? 1 : nil
        workload = Workload(id: id, replicas: wanted, minReadySeconds: minReadySeconds)
        owner = head.owner
    }

    /// The workload it is a part of: a ReplicaSet's Deployment, or whatever else controls the ReplicaSet.
    ///
    /// Other controllers are workloads of their own, whoever made them: a CronJob's Jobs, an operator's StatefulSets.
    var above: WorkloadID? {
        guard workload.id.kind == "ReplicaSet", let owner else { return nil }
        return WorkloadID(kind: owner.kind, namespace: workload.id.namespace, name: owner.name)
    }
}
