import ClusterModel

extension Survey {
    /// Workloads that somebody may miss while they move, each named once.
    mutating func lookAtWorkloads() {
        var scratch: [WorkloadID: [Int]] = [:]
        var single: [WorkloadID: Int] = [:]
        var jobs: [Int] = []
        for index in able {
            for pod in terrain.movers[index] {
                let value = terrain.pod(pod)
                guard let id = value.workload else { continue }
                if value.owner?.kind == "Job" { jobs.append(pod) }
                if value.hasEmptyDir { scratch[id, default: []].append(pod) }
                if cluster.workloads[id]?.replicas == 1, value.phase != .pending { single[id] = pod }
            }
        }
        for (id, pods) in scratch.sorted(by: { $0.key < $1.key }) { warnOfEmptyDirectories(id, pods) }
        for (id, pod) in single.sorted(by: { $0.key < $1.key }) { warnOfSingle(id, pod) }
        if let first = jobs.min() { noteJobs(first, count: jobs.count) }
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

    private mutating func noteJobs(_ first: Int, count: Int) {
        let id = terrain.pod(first).id
        let subject = count == 1 ? "\(id) is a pod of a Job" : "\(count) pods, as \(id), belong to Jobs"
        let (message, fix) =
            switch waivers.policy.jobs {
            case .evict:
                (
                    "\(subject): evicted, the work begins anew",
                    "let Jobs end first, or wait for them with the policy's jobs setting"
                )
            case .wait(let deadline):
                (
                    "\(subject): a drain waits \(deadline.components.seconds / 60) min for it to end, then evicts it",
                    "nothing to do where the Jobs end in time"
                )
            }
        note(Finding(rule: .jobRunning, severity: .note, pod: id, message: message, fix: fix))
    }
}
