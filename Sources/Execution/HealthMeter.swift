import ClusterModel
import Ports
import Rollout

/// Turns looks at the cluster into samples, one for each change of a number.
struct HealthMeter {
    private var last: [HealthSample.Subject: HealthSample] = [:]

    /// What differs from the look before.
    mutating func samples(of cluster: Cluster, at instant: Instant) -> [HealthSample] {
        let present = workloads(of: cluster, at: instant) + budgets(of: cluster, at: instant)
        var changed = present.filter { sample in
            guard let before = last[sample.subject] else { return true }
            return !before.saysTheSame(as: sample)
        }
        let subjects = Set(present.map(\.subject))
        for (subject, before) in last where !subjects.contains(subject) && before.wanted != 0 {
            changed.append(HealthSample(at: instant, subject: subject, healthy: 0, wanted: 0))
        }
        for sample in changed { last[sample.subject] = sample }
        return changed
    }

    /// From now on nobody can look.
    mutating func blind(at instant: Instant) -> [HealthSample] {
        let gaps = last.values.filter(\.observed).map { sample in
            var gap = sample
            gap.at = instant
            gap.observed = false
            return gap
        }
        for gap in gaps { last[gap.subject] = gap }
        return gaps
    }

    private func workloads(of cluster: Cluster, at instant: Instant) -> [HealthSample] {
        let healthy = cluster.healthyPods()
        return cluster.workloads.values.compactMap { workload in
            guard let replicas = workload.replicas else { return nil }
            let count = healthy[workload.id, default: 0]
            return HealthSample(at: instant, subject: .workload(workload.id), healthy: count, wanted: replicas)
        }
    }

    private func budgets(of cluster: Cluster, at instant: Instant) -> [HealthSample] {
        cluster.budgets.map { budget in
            let selected = cluster.pods.filter { budget.selects($0) && !$0.isFinished }
            return HealthSample(
                at: instant,
                subject: .budget(budget.id),
                healthy: selected.count(where: \.isHealthy),
                wanted: budget.rule.desiredHealthy(of: cluster.expectedPods(of: budget)),
                workloads: Set(selected.compactMap(\.workload)).sorted()
            )
        }
    }
}

extension HealthSample {
    fileprivate func saysTheSame(as other: HealthSample) -> Bool {
        observed == other.observed && healthy == other.healthy && wanted == other.wanted && workloads == other.workloads
    }
}
