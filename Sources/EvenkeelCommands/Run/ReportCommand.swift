import ArgumentParser
import ClusterModel
import Foundation
import History
import Planning
import Ports
import Reporting

struct ReportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract: "Says what a run did and what users felt: time out of service, downtime, seconds below budget, MTTR.",
        discussion: """
            Reads what runs wrote down on this machine; the cluster is not asked.

              evenkeel report
              evenkeel report --run run-20260731090000-3fa9c1 --output json
            """
    )

    @Option(help: "The folder that runs are recorded in.")
    var state: String?

    @Option(help: "The cluster's name, where runs on several clusters are recorded.")
    var clusterName: String?

    @Option(name: .customLong("run"), help: "The run; by default the last one.")
    var runID: String?

    @Option(help: "text or json.")
    var output: OutputFormat = .text

    func run() async throws {
        try await Evenkeel.reporting {
            let file = try StateFolder.existing(state: state, cluster: clusterName)
            let journal = try SQLiteJournal.openForReading(path: file)
            let runs = try await journal.runs()
            guard let record = runs.first(where: { runID == nil || $0.id == runID }) else {
                let known = runs.map(\.id).joined(separator: ", ")
                throw CommandFailure("\(file): no such run is recorded: there are \(known.isEmpty ? "none" : known)")
            }
            let plan = try JSONDecoder().decode(PlanFile.self, from: Data(record.plan.utf8)).plan()
            let report = try await ReportSource.report(on: record, plan, from: journal, at: SystemTime().now)
            try ReportSource.show(report, as: output)
        }
    }
}

/// A run's report, and its two forms.
enum ReportSource {
    static func report(
        on record: RunRecord,
        _ plan: Plan,
        from journal: some RunJournal,
        at now: Instant
    ) async throws -> Report {
        let events = try await journal.events(of: record.id)
        let samples = try await journal.samples(of: record.id)
        return Report(run: record, plan: plan, events: events, samples: samples, now: now)
    }

    static func show(_ report: Report, as format: OutputFormat) throws {
        switch format {
        case .json: Console.result(try Console.json(report))
        case .text: Console.result(ReportTable.render(report, width: 120, color: Console.usesColor))
        }
    }
}
