import ClusterModel
import Foundation
import Reliability
import Reporting

/// A period around the second zero of a `Story`.
enum PeriodStory {
    static let day = span(-43_200, 43_200)
    static let utc = TimeZone.gmt

    static func span(_ start: Double, _ end: Double) -> Interval { Interval(from: Story.at(start), to: Story.at(end)) }

    static func entry(_ story: Story) -> Ledger.RunEntry {
        Ledger.RunEntry(run: story.run, plan: story.plan, events: story.events, samples: story.samples)
    }

    static func steps(_ steps: [(Double, Int, Int)]) -> HealthTimeline {
        HealthTimeline(steps.map { HealthTimeline.Step(at: Story.at($0.0), healthy: $0.1, wanted: $0.2) })
    }

    /// A watcher that looked all the day but for two hours, and saw an outage at night besides the run's.
    static var watch: WatchRecord {
        let spans = [span(-43_200, -20_000), span(-12_800, 43_200)]
        var watch = WatchRecord()
        watch.spans = spans
        watch.workloads = [
            Story.web: steps([(-50_000, 3, 3), (-30_000, 0, 3), (-29_970, 3, 3)]).seen(in: spans),
            Story.database: steps([(-50_000, 1, 1)]).seen(in: spans),
        ]
        watch.nodes = [
            "w-1": steps([(-50_000, 1, 1), (5000, 0, 1), (5090, 1, 1)]).seen(in: spans),
            "worker-2": steps([(-50_000, 1, 1), (70, 0, 1), (100, 1, 1)]).seen(in: spans),
        ]
        watch.zones = ["w-1": "a", "worker-2": "b"]
        return watch
    }

    /// A web server that was looked at from the run's begin on, and a Prometheus that knew the database.
    static var probes: [ProbeRecord] {
        var looks = ProbeLooks(start: Story.at(0))
        for index in 0..<2000 { looks.count(.good(.microseconds(900 + index * 3))) }
        for _ in 0..<14 { looks.count(.failed) }
        looks.count(.missed)
        func times(_ times: [(Double, Double, Bool)]) -> [ProbeSpan] {
            times.map {
                let lead = $0.2 ? Duration.zero : .milliseconds(500)
                return ProbeSpan(start: Story.at($0.0), end: Story.at($0.1), isUp: $0.2, lead: lead)
            }
        }
        return [
            ProbeRecord(
                ProbeID(
                    workload: "shop/web",
                    name: "https://shop.internal/healthz",
                    source: "http",
                    interval: .milliseconds(500)
                ),
                sources: [times([(1, 30, true), (30, 37, false), (37, 400, true), (410, 1020, true)])],
                looks: looks
            ),
            ProbeRecord(
                ProbeID(workload: "data/postgres", name: "up", source: "prometheus", interval: .seconds(15)),
                sources: [times([(-3600, 7200, true)])]
            ),
        ]
    }

    static func ledger(_ stories: [Story] = [GoldenTests.felt], watch: WatchRecord = watch) -> Ledger {
        Ledger(cluster: "customer-a", watch: watch, probes: probes, runs: stories.map(entry), now: Story.at(43_200))
    }

    static let objective = NamedObjective(
        name: "shop/*",
        objective: Objective(availability: 0.9995, window: .seconds(86_400)),
        matches: { $0.namespace == "shop" }
    )

    static func report(about focus: ReportFocus = .everything) -> PeriodReport {
        ledger().report(
            on: ReportPeriod(day, name: "that day", zone: utc),
            about: focus,
            objectives: [objective]
        )
    }
}

extension PeriodReport {
    func workload(_ id: WorkloadID) -> Workload? {
        workloads.first { $0.kind == id.kind && $0.workload == "\(id.namespace)/\(id.name)" }
    }

    func node(_ name: String) -> Node? { nodes.first { $0.node == name } }
}
