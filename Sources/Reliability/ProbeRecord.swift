package import ClusterModel

/// What measured a workload from outside.
package struct ProbeID: Hashable, Sendable, Comparable {
    /// `NAMESPACE/NAME`
    package var workload: String
    package var name: String
    /// `http`, `tcp`, `command` or `prometheus`.
    package var source: String
    /// Between two looks.
    package var interval: Duration

    package init(workload: String, name: String, source: String, interval: Duration) {
        self.workload = workload
        self.name = name
        self.source = source
        self.interval = interval
    }

    package static func < (left: ProbeID, right: ProbeID) -> Bool {
        (left.workload, left.name, left.source, left.interval)
            < (right.workload, right.name, right.source, right.interval)
    }
}

/// The looks of some minutes.
package struct ProbeLooks: Hashable, Sendable {
    package var start: Instant
    package var good = 0
    package var failed = 0
    package var missed = 0
    /// Of the good ones.
    package var latency = LatencyHistogram()

    package init(start: Instant) {
        self.start = start
    }

    package mutating func count(_ look: ProbeLook) {
        switch look {
        case .good(let latency):
            good += 1
            self.latency.record(latency)
        case .failed: failed += 1
        case .missed: missed += 1
        }
    }

    package static func + (left: ProbeLooks, right: ProbeLooks) -> ProbeLooks {
        var sum = left
        sum.start = min(left.start, right.start)
        sum.good += right.good
        sum.failed += right.failed
        sum.missed += right.missed
        sum.latency = left.latency + right.latency
        return sum
    }
}

/// What a probe measured in a window, put together from everybody who looked.
package struct ProbeRecord: Hashable, Sendable {
    package var id: ProbeID
    /// One healthy of one wanted while it is up.
    package var timeline: HealthTimeline
    /// By the begin of each time down, how long before it the last good look was.
    package var leads: [Instant: Duration]
    /// Nil where looks are not counted.
    package var looks: ProbeLooks?

    /// - Parameter sources: the times of each process that looked, each in the order of time.
    package init(_ id: ProbeID, sources: [[ProbeSpan]], looks: ProbeLooks? = nil) {
        self.id = id
        self.looks = looks
        timeline = sources.isEmpty ? HealthTimeline([]) : .merged(sources.map(HealthTimeline.init(probed:)))
        leads = Dictionary(
            sources.joined().filter { !$0.isUp }.map { ($0.start, $0.lead) },
            uniquingKeysWith: min
        )
    }

    /// The most that these outages can have lasted: each from the last good look before it.
    package func longestDown(_ outages: [Outage]) -> Duration {
        outages.reduce(.zero) { $0 + $1.down + leads[$1.start, default: .zero] }
    }
}

extension HealthTimeline {
    fileprivate init(probed spans: [ProbeSpan]) {
        var steps: [Step] = []
        for span in spans {
            if let last = steps.last, !last.observed, last.at == span.start { steps.removeLast() }
            steps.append(Step(at: span.start, healthy: span.isUp ? 1 : 0, wanted: 1))
            steps.append(Step(at: span.end, healthy: 0, wanted: 0, observed: false))
        }
        self.init(steps)
    }
}
