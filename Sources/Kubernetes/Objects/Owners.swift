import ClusterModel

/// The controllers, and what each of them belongs to.
struct Owners: Sendable {
    var controllers: [WorkloadID: Controller] = [:]

    /// The controllers at the top.
    var workloads: [Workload] {
        controllers.values.filter { top(of: $0.workload.id) == $0.workload.id }.map(\.workload)
    }

    /// Controllers of which none is at the top because they own one another.
    var cycles: [WorkloadID] {
        controllers.values.filter { $0.above != nil }.map(\.workload.id).filter { top(of: $0) == $0 }
    }

    /// What a controller belongs to in the end; itself where its owners own one another.
    func top(of id: WorkloadID) -> WorkloadID {
        guard let above = controllers[id]?.above else { return id }
        var seen: Set<WorkloadID> = [id]
        var current = above
        while let next = controllers[current]?.above {
            if !seen.insert(current).inserted { return id }
            current = next
        }
        return current
    }

    /// Traces the pod's workload to the top: a ReplicaSet's pod belongs to the Deployment.
    func trace(_ pod: inout Pod) {
        guard let owner = pod.owner, owner.kind == "ReplicaSet", let workload = pod.workload else { return }
        if controllers[workload] != nil {
            pod.workload = top(of: workload)
        } else if let hash = pod.labels["pod-template-hash"], owner.name.hasSuffix("-\(hash)") {
            let name = String(owner.name.dropLast(hash.count + 1))
            pod.workload = WorkloadID(kind: "Deployment", namespace: pod.id.namespace, name: name)
        }
    }
}
