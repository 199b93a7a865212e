extension PeriodMetrics {
    static func probes(_ report: PeriodReport, _ cluster: (String, String), _ text: inout MetricText) {
        let probes = report.probes.map { (Self.labels($0, cluster), $0) }
        text.gauge("evenkeel_probe_availability_ratio", unit: "ratio", "Probed time not down, of all probed.") {
            probes.compactMap { labels, probe in probe.figures.availability.map { (labels, $0) } }
        }
        text.gauge("evenkeel_probe_down_seconds", unit: "seconds", "Time down by the probe's looks.") {
            probes.map { ($0, $1.figures.secondsDown) }
        }
        text.gauge("evenkeel_probe_unobserved_seconds", unit: "seconds", "Time in which the probe did not look.") {
            probes.map { ($0, $1.figures.secondsUnobserved) }
        }
        text.gauge("evenkeel_probe_looks", unit: nil, "Looks of the probe in the period.") {
            probes.flatMap { labels, probe in looks(probe).map { (labels + [("found", $0)], $1) } }
        }
        text.gauge("evenkeel_probe_latency_seconds", unit: "seconds", "Within which this part of the answers came.") {
            probes.flatMap { labels, probe in latencies(probe).map { (labels + [("part", $0)], $1) } }
        }
    }

    private static func labels(_ probe: PeriodReport.Probe, _ cluster: (String, String)) -> [(String, String)] {
        let parts = probe.workload.split(separator: "/", maxSplits: 1).map(String.init)
        return [cluster, ("namespace", parts.first ?? ""), ("workload", parts.last ?? ""), ("probe", probe.name)]
    }

    private static func looks(_ probe: PeriodReport.Probe) -> [(String, Double)] {
        guard let looks = probe.looks else { return [] }
        return [("good", Double(looks.good)), ("failed", Double(looks.failed)), ("missed", Double(looks.missed))]
    }

    private static func latencies(_ probe: PeriodReport.Probe) -> [(String, Double)] {
        guard let latency = probe.looks?.latency else { return [] }
        return [
            ("0.5", latency.secondsP50), ("0.9", latency.secondsP90), ("0.99", latency.secondsP99),
            ("1", latency.secondsLongest),
        ]
    }
}
