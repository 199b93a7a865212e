import ArgumentParser
import ClusterModel
import Foundation
import History
import Playbooks
import Ports
import Reliability
import Reporting

/// Where what was written down lies, and what was promised.
struct ReportSourceOptions: ParsableArguments {
    @Option(
        help: "The site's settings, for its objectives; by default evenkeel.yaml in the working folder, if it is there."
    )
    var config: String?

    @Option(help: "The folder that runs are recorded in.")
    var state: String?

    @Option(help: "The cluster's name, where runs on several clusters are recorded.")
    var clusterName: String?

    func file() throws -> String { try StateFolder.existing(state: state, cluster: clusterName) }

    func run(_ id: String?, in journal: SQLiteJournal) async throws -> RunRecord {
        let runs = try await journal.runs()
        guard let record = runs.first(where: { id == nil || $0.id == id }) else {
            let known = runs.map(\.id).joined(separator: ", ")
            throw CommandFailure(
                "\(journal.file): no such run is recorded: there are \(known.isEmpty ? "none" : known)"
            )
        }
        return record
    }

    /// - Parameter labels: what the pods of each workload have in common.
    func objectives(labels: [WorkloadID: Labels]) throws -> [NamedObjective] {
        try settings().objectives.map { NamedObjective($0, labels: labels) }
    }

    /// What runs and watchers noted.
    func labels() async throws -> [WorkloadID: Labels] {
        let path = ObservationFile.path(beside: try file())
        return try await ObservationFile.openForReading(path: path)?.labels() ?? [:]
    }

    func settings() throws -> SiteSettings {
        let path = config ?? "evenkeel.yaml"
        guard let data = FileManager.default.contents(atPath: path) else {
            guard config == nil else { throw CommandFailure("\(path): there is no such settings file") }
            return .default
        }
        return try SiteSettings.load(file: path, text: String(decoding: data, as: UTF8.self))
    }
}

/// Gathers what runs and observers wrote down.
struct LedgerSource {
    var source: ReportSourceOptions
    var now: Instant
    var series = PrometheusSeries()

    /// - Parameters:
    ///   - run: The one run that the report is about (nil in it: the last one); nil for a period.
    ///   - lookingBack: How long before the period's end the objectives look.
    func ledger(
        run: String??,
        in period: ReportPeriod?,
        zone: TimeZone,
        lookingBack: Duration?
    ) async throws -> (Ledger, ReportPeriod) {
        let file = try source.file()
        let journal = FileManager.default.fileExists(atPath: file) ? try SQLiteJournal.openForReading(path: file) : nil
        var entries: [Ledger.RunEntry] = []
        var period = period
        if let journal {
            let records = try await journal.runs()
            if let run {
                let record = try await source.run(run, in: journal)
                let only = try await entry(record, journal, in: nil)
                period = ReportPeriod(only.interval(now: now), name: record.id, zone: zone)
            }
            let horizon = period.map { Interval(from: start(of: $0, lookingBack), to: end(of: $0)) }
            for record in records { entries.append(try await entry(record, journal, in: horizon)) }
        }
        guard let period else { throw CommandFailure("\(file): no run is recorded: name a period, as --last 30d") }
        let watch = try await watchRecord(file, period, lookingBack)
        let name =
            entries.first?.run.cluster ?? source.clusterName
            ?? URL(fileURLWithPath: file)
            .deletingLastPathComponent().lastPathComponent
        let probes = try await measured(in: Interval(from: period.interval.start, to: end(of: period)), beside: file)
        var ledger = Ledger(cluster: name, watch: watch, probes: probes, runs: entries, now: now)
        if run != nil { ledger = ledger.showing(onlyRun: period.name) }
        return (ledger, period)
    }

    /// The samples of a run that lies outside the time in question stay where they are.
    private func entry(
        _ record: RunRecord,
        _ journal: SQLiteJournal,
        in horizon: Interval?
    ) async throws -> Ledger.RunEntry {
        var entry = Ledger.RunEntry(
            run: record,
            plan: try ReportSource.plan(of: record),
            events: try await journal.events(of: record.id),
            samples: []
        )
        if horizon.map({ entry.interval(now: now).intersection($0) != nil }) ?? true {
            entry.samples = try await journal.samples(of: record.id)
        }
        return entry
    }

    private func end(of period: ReportPeriod) -> Instant { min(period.interval.end, now) }

    private func start(of period: ReportPeriod, _ back: Duration?) -> Instant {
        min(period.interval.start, end(of: period) + (.zero - (back ?? .zero)))
    }

    private func measured(in window: Interval, beside file: String) async throws -> [ProbeRecord] {
        let path = ObservationFile.path(beside: file)
        let active = try await ObservationFile.openForReading(path: path)?.probes(in: window) ?? []
        return active + (try await series.records(in: window))
    }

    private func watchRecord(_ file: String, _ period: ReportPeriod, _ back: Duration?) async throws -> WatchRecord {
        let path = ObservationFile.path(beside: file)
        guard let observations = try ObservationFile.openForReading(path: path) else { return WatchRecord() }
        return try await observations.record(in: Interval(from: start(of: period, back), to: end(of: period)))
    }
}
