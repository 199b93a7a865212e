import ClusterModel
import Ports
import Reliability

/// Turns looks at the cluster into samples, one for each change of a number. A change costs what it touches.
struct HealthMeter {
    private var counts: HealthCounts?
    private var last: [HealthSample.Subject: HealthSample] = [:]

    /// What differs from what was known before.
    mutating func samples(of cluster: Cluster, at instant: Instant) -> [HealthSample] {
        var fresh = HealthCounts(cluster)
        _ = fresh.changes()
        counts = fresh
        let present = fresh.readings.compactMap { HealthSample($0, at: instant) }
        let subjects = Set(present.map(\.subject))
        let gone = last.values.filter { $0.wanted != 0 && !subjects.contains($0.subject) }.map {
            HealthSample(at: instant, subject: $0.subject, healthy: 0, wanted: 0)
        }
        return news(in: present + gone) { _ in true }
    }

    /// What the change makes different; nothing before the first look.
    mutating func samples(after change: ClusterChange, at instant: Instant) -> [HealthSample] {
        counts?.apply(change)
        return news(in: (counts?.changes() ?? []).compactMap { HealthSample($0, at: instant) }) {
            // What is not there, and was not, is no news.
            $0.wanted != 0 || $0.healthy != 0 || !$0.workloads.isEmpty
        }
    }

    /// From now on nobody can look.
    mutating func blind(at instant: Instant) -> [HealthSample] {
        counts = nil
        let gaps = last.values.filter(\.observed).map { sample in
            var gap = sample
            gap.at = instant
            gap.observed = false
            return gap
        }
        for gap in gaps { last[gap.subject] = gap }
        return gaps
    }

    private mutating func news(
        in samples: [HealthSample],
        where isWorthABegin: (HealthSample) -> Bool
    ) -> [HealthSample] {
        let news = samples.filter { sample in
            guard let known = last[sample.subject] else { return isWorthABegin(sample) }
            return !known.saysTheSame(as: sample)
        }
        for sample in news { last[sample.subject] = sample }
        return news
    }
}

extension HealthSample {
    /// Nil of a node: a run's samples are of workloads and budgets.
    fileprivate init?(_ reading: HealthReading, at instant: Instant) {
        let subject: Subject
        switch reading.subject {
        case .workload(let id): subject = .workload(id)
        case .budget(let id): subject = .budget(id)
        case .node: return nil
        }
        self.init(
            at: instant,
            subject: subject,
            healthy: reading.healthy,
            wanted: reading.wanted,
            workloads: reading.workloads
        )
    }

    fileprivate func saysTheSame(as other: HealthSample) -> Bool {
        observed == other.observed && healthy == other.healthy && wanted == other.wanted && workloads == other.workloads
    }
}
