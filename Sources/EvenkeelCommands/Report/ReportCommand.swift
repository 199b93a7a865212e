import ArgumentParser
import ClusterModel
import Foundation
import History
import Planning
import Ports
import Reliability
import Reporting

struct ReportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract:
            "Says what was done and what users felt: availability, downtime, MTTR, error budgets, time out of service.",
        discussion: """
            Reads what runs and `evenkeel watch` wrote down on this machine; the cluster is not asked. Without a period it \
            speaks of one run, by default the last one. Objectives come from the settings file.

              evenkeel report
              evenkeel report --run run-20260731090000-3fa9c1 --output json
              evenkeel report --month 2026-10 --time-zone Asia/Seoul --output html > october.html
              evenkeel report --month 2026-10 --prometheus http://prometheus:9090 --query 'shop/web=up{job="web"}'
              evenkeel report --last 30d --workload 'shop/*' --output csv

            Exit codes: 0 done, 1 failed, 64 wrong usage.
            """
    )

    @OptionGroup var source: ReportSourceOptions

    @Option(name: .customLong("run"), help: "The run; by default the last one.")
    var runID: String?

    @OptionGroup var period: PeriodOptions

    @Option(help: "Only this workload: NAMESPACE/NAME; * stands for any characters.")
    var workload: String?

    @Option(help: "Only this node.")
    var node: String?

    @OptionGroup(title: "Prometheus") var prometheus: PrometheusOptions

    @Option(help: "text, json, csv, html (one file, for a browser or a printer) or openmetrics (for Prometheus).")
    var output: ReportFormat = .text

    @Option(help: "The language of the HTML report: en or ko.")
    var language: ReportLanguage = .en

    mutating func validate() throws {
        if runID != nil, period.isGiven {
            throw ValidationError("--run and a period contradict each other: give one of them")
        }
        if workload != nil, node != nil { throw ValidationError("--workload and --node: give one of them") }
    }

    func run() async throws {
        try await Evenkeel.reporting {
            let now = SystemTime().now
            if period.isGiven || workload != nil || node != nil || output.needsLedger || prometheus.isGiven {
                Console.output(try await ledgerText(at: now))
            } else {
                try await showRun(at: now)
            }
        }
    }

    private func showRun(at now: Instant) async throws {
        let file = try source.file()
        let journal = try SQLiteJournal.openForReading(path: file)
        let record = try await source.run(runID, in: journal)
        let plan = try ReportSource.plan(of: record)
        let report = try await ReportSource.report(
            on: record,
            plan,
            from: journal,
            probesBeside: file,
            at: now
        )
        try ReportSource.show(report, as: output == .json ? .json : .text)
    }

    private func ledgerText(at now: Instant) async throws -> String {
        let objectives = try source.objectives(labels: try await source.labels())
        let series = try prometheus.series(source.settings())
        let zone = try period.zone()
        let asked = try period.period(zone, now: now)
        let (ledger, chosen) = try await LedgerSource(source: source, now: now, series: series).ledger(
            run: asked == nil ? .some(runID) : nil,
            in: asked,
            zone: zone,
            lookingBack: objectives.map(\.objective.window).max()
        )
        let report = ledger.report(on: chosen, about: focus, objectives: objectives)
        return try output.render(report, language: language)
    }

    private var focus: ReportFocus {
        if let node { return .node(node) }
        guard let workload else { return .everything }
        return .workloads(WorkloadPattern.matching(workload))
    }
}

/// A run's report, and its two forms.
enum ReportSource {
    static func report(
        on record: RunRecord,
        _ plan: Plan,
        from journal: some RunJournal,
        probesBeside file: String? = nil,
        at now: Instant
    ) async throws -> Report {
        let events = try await journal.events(of: record.id)
        let samples = try await journal.samples(of: record.id)
        var probes: [ProbeRecord] = []
        if let file, let observations = try ObservationFile.openForReading(path: ObservationFile.path(beside: file)) {
            let entry = Ledger.RunEntry(run: record, plan: plan, events: events, samples: samples)
            probes = try await observations.probes(in: entry.interval(now: now))
        }
        return Report(run: record, plan: plan, events: events, samples: samples, probes: probes, now: now)
    }

    static func plan(of record: RunRecord) throws -> Plan {
        try JSONDecoder().decode(PlanFile.self, from: Data(record.plan.utf8)).plan()
    }

    static func show(_ report: Report, as format: OutputFormat) throws {
        switch format {
        case .json: Console.result(try Console.json(report))
        case .text: Console.result(ReportTable.render(report, width: 120, color: Console.usesColor))
        }
    }
}
