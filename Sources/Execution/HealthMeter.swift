import ClusterModel
import Ports
import Rollout

/// Turns looks at the cluster into samples, one for each change of a number.
struct HealthMeter {
    private var last: [HealthSample.Subject: HealthSample] = [:]
    private var isBlind = true

    /// What differs from the look before.
    ///
    /// - Parameter change: all that has happened since then; nil where that is not known.
    mutating func samples(
        of cluster: Cluster,
        after change: ClusterChange? = nil,
        at instant: Instant
    ) -> [HealthSample] {
        let isOnlyOneChange = !isBlind && change != nil
        isBlind = false
        guard isOnlyOneChange, let change else { return samples(of: cluster, in: nil, at: instant) }
        return change.namespace.map { samples(of: cluster, in: $0, at: instant) } ?? []
    }

    /// - Parameter namespace: where all that has changed is; nil looks everywhere.
    private mutating func samples(of cluster: Cluster, in namespace: String?, at instant: Instant) -> [HealthSample] {
        let present =
            workloads(of: cluster, in: namespace, at: instant) + budgets(of: cluster, in: namespace, at: instant)
        var changed = present.filter { sample in
            guard let before = last[sample.subject] else { return true }
            return !before.saysTheSame(as: sample)
        }
        let subjects = Set(present.map(\.subject))
        for (subject, before) in last
        where before.wanted != 0 && subject.isIn(namespace) && !subjects.contains(subject) {
            changed.append(HealthSample(at: instant, subject: subject, healthy: 0, wanted: 0))
        }
        for sample in changed { last[sample.subject] = sample }
        return changed
    }

    /// From now on nobody can look.
    mutating func blind(at instant: Instant) -> [HealthSample] {
        isBlind = true
        let gaps = last.values.filter(\.observed).map { sample in
            var gap = sample
            gap.at = instant
            gap.observed = false
            return gap
        }
        for gap in gaps { last[gap.subject] = gap }
        return gaps
    }

    private func workloads(of cluster: Cluster, in namespace: String?, at instant: Instant) -> [HealthSample] {
        var healthy: [WorkloadID: Int] = [:]
        for pod in namespace.map(cluster.pods(inNamespace:)) ?? cluster.pods[...] where pod.isHealthy {
            if let workload = pod.workload { healthy[workload, default: 0] += 1 }
        }
        return cluster.workloads.values.compactMap { workload in
            guard namespace == nil || workload.id.namespace == namespace, let replicas = workload.replicas else {
                return nil
            }
            let count = healthy[workload.id, default: 0]
            return HealthSample(at: instant, subject: .workload(workload.id), healthy: count, wanted: replicas)
        }
    }

    private func budgets(of cluster: Cluster, in namespace: String?, at instant: Instant) -> [HealthSample] {
        // A pod is a big value, and each is looked at for every budget of its namespace.
        var counted: [String: [CountedPod]] = [:]
        return cluster.budgets.filter { namespace == nil || $0.id.namespace == namespace }.map { budget in
            let place = budget.id.namespace
            let pods = counted[place] ?? cluster.pods(inNamespace: place).compactMap(CountedPod.init)
            counted[place] = pods
            var (healthy, uncounted) = (0, 0)
            var workloads: Set<WorkloadID> = []
            for pod in pods where budget.selector?.matches(pod.labels) == true {
                if pod.isHealthy { healthy += 1 }
                if let workload = pod.workload { workloads.insert(workload) }
                if pod.workload.flatMap({ cluster.workloads[$0]?.replicas }) == nil { uncounted += 1 }
            }
            let expected = workloads.reduce(uncounted) { $0 + (cluster.workloads[$1]?.replicas ?? 0) }
            return HealthSample(
                at: instant,
                subject: .budget(budget.id),
                healthy: healthy,
                wanted: budget.rule.desiredHealthy(of: expected),
                workloads: workloads.sorted()
            )
        }
    }
}

/// What budgets go by.
private struct CountedPod {
    var labels: Labels
    var isHealthy: Bool
    var workload: WorkloadID?

    /// Nil for one that has ended.
    init?(_ pod: Pod) {
        if pod.isFinished { return nil }
        (labels, isHealthy, workload) = (pod.labels, pod.isHealthy, pod.workload)
    }
}

extension HealthSample {
    fileprivate func saysTheSame(as other: HealthSample) -> Bool {
        observed == other.observed && healthy == other.healthy && wanted == other.wanted && workloads == other.workloads
    }
}

extension HealthSample.Subject {
    fileprivate func isIn(_ namespace: String?) -> Bool {
        guard let namespace else { return true }
        return switch self {
        case .workload(let id): id.namespace == namespace
        case .budget(let id): id.namespace == namespace
        }
    }
}

extension ClusterChange {
    /// Where the change may have changed a number that is measured; nil where it has changed none.
    fileprivate var namespace: String? {
        switch self {
        case .pod(let pod): pod.id.namespace
        case .podGone(let id, _): id.namespace
        case .workload(let workload): workload.id.namespace
        case .workloadGone(let id): id.namespace
        case .budget(let budget): budget.id.namespace
        case .budgetGone(let id): id.namespace
        case .node, .nodeGone, .volume, .volumeGone, .namespace, .namespaceGone, .leaders: nil
        }
    }
}

extension Cluster {
    /// They stand together, as pods are sorted by it first.
    fileprivate func pods(inNamespace namespace: String) -> ArraySlice<Pod> {
        let first = position { $0.id.namespace < namespace }
        return pods[first..<position { $0.id.namespace <= namespace }]
    }

    /// The first pod that does not come before.
    private func position(_ comesBefore: (Pod) -> Bool) -> Int {
        var (low, high) = (0, pods.count)
        while low < high {
            let middle = low + (high - low) / 2
            if comesBefore(pods[middle]) { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
