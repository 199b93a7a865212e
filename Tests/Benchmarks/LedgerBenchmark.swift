import ClusterModel
import Foundation
import History
import Ports
import Reliability
import Reporting

extension Section {
    /// A monthly report must not take longer because the year was long.
    static let ledger = Section(
        name: "ledger",
        about: "a year of observations of 1,000 nodes and 5,000 workloads, and a report on its last month"
    ) {
        let folder = NSTemporaryDirectory() + "evenkeel-bench-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let path = folder + "/observations.sqlite"
        let year = LedgerLoad()
        let written = try await Figure.measuring("observations written", count: year.count) {
            let file = try ObservationFile.open(path: path)
            try await year.write(to: file)
            try file.close()
        }
        let size = (try FileManager.default.attributesOfItem(atPath: path)[.size] as? NSNumber)?.doubleValue ?? 0
        print("database: \(Int(size / 1_048_576)) MiB, \(Int(size / 1024 / 365)) KiB a day of 10,000 changes")
        var report: PeriodReport?
        let month = try await Figure.measuring("monthly report", count: 1) {
            let file = try ObservationFile.openForReading(path: path)
            let watch = try await file?.record(in: year.month.interval) ?? WatchRecord()
            let ledger = Ledger(cluster: "bench", watch: watch, runs: [], now: year.month.interval.end)
            report = ledger.report(on: year.month, objectives: [year.objective])
        }
        guard report?.workloads.count == 5000, report?.nodes.count == 1000 else {
            throw CocoaError(.fileReadCorruptFile)
        }
        let page = try await Figure.measuring("the same as HTML", count: 1) {
            if let report { _ = ReportPage.render(report, language: .en) }
        }
        return [written, month, page]
    }
}

/// Each day 9,000 workload changes (two in each of 4,500 places) and 1,000 of nodes, spread evenly; one month has 31 days.
private struct LedgerLoad {
    private let start = Instant(milliseconds: 1_735_689_600_000)
    private let days = 365

    var count: Int { days * 10_000 + 6000 }

    var month: ReportPeriod {
        let end = start + .seconds(days * 86_400)
        return ReportPeriod(Interval(from: end + .seconds(-31 * 86_400), to: end), name: "last month", zone: .gmt)
    }

    let objective = NamedObjective(
        name: "team-1/*",
        objective: Objective(availability: 0.999, window: .seconds(30 * 86_400)),
        matches: { $0.namespace == "team-1" }
    )

    func write(to file: ObservationFile) async throws {
        let begin = try await file.beginSpan(everything, at: start)
        for day in 0..<days {
            let midnight = start + .seconds(day * 86_400)
            let changes = changes(after: midnight, day: day)
            try await file.extendSpan(begin, with: changes, until: midnight + .seconds(86_400))
        }
    }

    private var everything: [Observation] {
        (0..<5000).map { Self.workload($0, at: start, healthy: 3) }
            + (0..<1000).map { Self.node($0, at: start, ready: true) }
    }

    /// A pod away and back of nine workloads in ten, a node not Ready and back of every second one.
    private func changes(after midnight: Instant, day: Int) -> [Observation] {
        (0..<4500).flatMap { index -> [Observation] in
            let number = (index + day) % 5000
            let at = midnight + .milliseconds(Int64(index) * 19_000)
            let healthy = (index + day) % 97 == 0 ? 0 : 2
            return [
                Self.workload(number, at: at, healthy: healthy),
                Self.workload(number, at: at + .seconds(12), healthy: 3),
            ]
        }
            + (0..<500).flatMap { index -> [Observation] in
                let number = (index * 2 + day) % 1000
                let at = midnight + .milliseconds(Int64(index) * 170_000)
                return [
                    Self.node(number, at: at, ready: false), Self.node(number, at: at + .seconds(45), ready: true),
                ]
            }
    }

    private static func workload(_ number: Int, at instant: Instant, healthy: Int) -> Observation {
        let id = WorkloadID(kind: "Deployment", namespace: "team-\(number % 50)", name: "app-\(number)")
        return Observation(at: instant, subject: .workload(id), healthy: healthy, wanted: 3)
    }

    private static func node(_ number: Int, at instant: Instant, ready: Bool) -> Observation {
        Observation(
            at: instant,
            subject: .node("node-\(number)"),
            healthy: ready ? 1 : 0,
            wanted: 1,
            zone: "zone-\(number % 3)"
        )
    }
}
