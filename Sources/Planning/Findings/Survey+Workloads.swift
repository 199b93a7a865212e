import ClusterModel

extension Survey {
    /// Workloads that somebody may miss while they move, each named once.
    mutating func lookAtWorkloads() {
        var scratch: [WorkloadID: [Int]] = [:]
        var single: [WorkloadID: Int] = [:]
        for index in able {
            for pod in terrain.movers[index] {
                let value = terrain.pod(pod)
                guard let id = value.workload else { continue }
                if value.hasEmptyDir { scratch[id, default: []].append(pod) }
                if cluster.workloads[id]?.replicas == 1, value.phase != .pending { single[id] = pod }
            }
        }
        for (id, pods) in scratch.sorted(by: { $0.key < $1.key }) { warnOfEmptyDirectories(id, pods) }
        for (id, pod) in single.sorted(by: { $0.key < $1.key }) { warnOfSingle(id, pod) }
    }

    private mutating func warnOfEmptyDirectories(_ workload: WorkloadID, _ pods: [Int]) {
        guard let first = pods.min() else { return }
        note(
            Finding(
                rule: .emptyDirectory,
                severity: .warning,
                pod: terrain.pod(first).id,
                message: "\(counted(pods.count, "pod")) of \(workload) to be moved keep data in emptyDir volumes, "
                    + "and the data ends with its pod",
                fix: "make sure that it is scratch data, or use a persistent volume"
            )
        )
    }

    private mutating func warnOfSingle(_ workload: WorkloadID, _ pod: Int) {
        let value = terrain.pod(pod)
        note(
            Finding(
                rule: .singleReplica,
                severity: .warning,
                node: value.node,
                pod: value.id,
                message: "\(workload) has 1 replica and is down while \(value.id) moves",
                fix: "raise the replicas to 2 for the campaign, or accept the outage"
            )
        )
    }
}
