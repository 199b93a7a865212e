package import ClusterModel

extension Cluster {
    /// The labels that all pods of a workload have in common.
    package var labelsOfWorkloads: [WorkloadID: Labels] {
        var labels: [WorkloadID: Labels] = [:]
        for pod in pods where !pod.isFinished {
            guard let workload = pod.workload else { continue }
            labels[workload] = labels[workload]?.filter { pod.labels[$0.key] == $0.value } ?? pod.labels
        }
        return labels
    }
}
