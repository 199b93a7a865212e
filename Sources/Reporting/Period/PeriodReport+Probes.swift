import ClusterModel
import Reliability

extension PeriodReport {
    /// What a workload looked like from outside.
    package struct Probe: Hashable, Sendable, Codable {
        /// `NAMESPACE/NAME`
        package var workload: String
        package var name: String
        /// `http`, `tcp`, `command` or `prometheus`.
        package var source: String
        /// Between two looks.
        package var secondsInterval: Double
        /// From the first failed look to the first good one after it.
        package var figures: Figures
        /// From the last good look before to the first good one after: no outage can have been longer.
        package var secondsDownAtMost: Double
        /// The same workload's downtime by its ready pods, where those were counted.
        package var secondsDownByReadiness: Double?
        package var outages: [Outage]
        /// Absent where looks are not counted.
        package var looks: Looks?
    }

    package struct Looks: Hashable, Sendable, Codable {
        package var good: Int
        package var failed: Int
        /// That went wrong on our side.
        package var missed: Int
        /// Of the good ones, how long the answer took; absent where there was none.
        package var latency: Latency?
    }

    /// Each of the first three at most 0.8 % too long, to the microsecond.
    package struct Latency: Hashable, Sendable, Codable {
        package var secondsP50: Double
        package var secondsP90: Double
        package var secondsP99: Double
        package var secondsLongest: Double
    }
}

extension PeriodReport.Probe {
    /// - Parameter ready: by the same workload's ready pods.
    init(_ record: ProbeRecord, in window: Interval, maintenance: [Interval], ready: Tally?) {
        let outages = record.timeline.outages(in: window)
        self.init(
            workload: record.id.workload,
            name: record.id.name,
            source: record.id.source,
            secondsInterval: record.id.interval.seconds,
            figures: PeriodReport.Figures(Tally(own: record.timeline, window: window, maintenance: maintenance)),
            secondsDownAtMost: record.longestDown(outages).seconds,
            secondsDownByReadiness: ready?.down.seconds,
            outages: outages.map { PeriodReport.Outage($0, planned: maintenance) },
            looks: record.looks.map(PeriodReport.Looks.init)
        )
    }
}

extension PeriodReport.Looks {
    init(_ looks: ProbeLooks) {
        good = looks.good
        failed = looks.failed
        missed = looks.missed
        latency = PeriodReport.Latency(looks.latency)
    }
}

extension PeriodReport.Latency {
    init?(_ latency: LatencyHistogram) {
        guard let median = latency.percentile(0.5), let most = latency.percentile(0.9),
            let nearlyAll = latency.percentile(0.99)
        else { return nil }
        secondsP50 = Self.seconds(median)
        secondsP90 = Self.seconds(most)
        secondsP99 = Self.seconds(nearlyAll)
        secondsLongest = Self.seconds(latency.longest)
    }

    private static func seconds(_ duration: Duration) -> Double {
        let parts = duration.components
        return Double(parts.seconds * 1_000_000 + parts.attoseconds / 1_000_000_000_000) / 1_000_000
    }
}

extension PeriodReport.Outage {
    init(_ outage: Outage, planned: [Interval]) {
        self.init(
            from: outage.start.description,
            to: outage.end.description,
            seconds: outage.down.seconds,
            planned: outage.began(in: planned),
            over: outage.isOver
        )
    }
}

extension Ledger {
    func probes(in window: Interval, about focus: ReportFocus) -> [PeriodReport.Probe] {
        probes.compactMap { record in
            let id = knownWorkloads.first { "\($0.namespace)/\($0.name)" == record.id.workload && workloads[$0] != nil }
            guard record.timeline.steps.contains(where: { $0.at < window.end }), focus.includes(record.id.workload)
            else {
                return nil
            }
            let ready = id.map { tally(of: $0, in: window) }
            return PeriodReport.Probe(record, in: window, maintenance: maintenance, ready: ready)
        }
    }
}

extension ReportFocus {
    /// - Parameter workload: `NAMESPACE/NAME`; a probe does not know the kind.
    fileprivate func includes(_ workload: String) -> Bool {
        switch self {
        case .everything: return true
        case .node: return false
        case .workloads(let matches):
            let parts = workload.split(separator: "/", maxSplits: 1).map(String.init)
            return parts.count == 2 && matches(WorkloadID(kind: "", namespace: parts[0], name: parts[1]))
        }
    }
}
