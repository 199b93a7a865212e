import ArgumentParser
import ClusterModel
import History
import Ports
import Rollout

struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Says how a run stands and why each node is where it is, also while the run is at work elsewhere.",
        discussion: """
            Reads what the run writes down on this machine; neither the run nor the cluster is asked.

              evenkeel status
              evenkeel status --output json

            Exit codes: 0 the run is at work or over, 4 it has stopped and can go on, 1 failed.
            """
    )

    @OptionGroup var place: RecordOptions

    @Option(name: .customLong("run"), help: "The run; by default the last one.")
    var runID: String?

    @Option(help: "text or json.")
    var output: OutputFormat = .text

    func run() async throws {
        try await Evenkeel.reporting {
            let journal = try place.journal()
            let runs = try await journal.runs()
            let record = try place.pick(runID, of: runs, in: journal.file)
            let story = try await RunStory.read(record, from: journal, isLast: record.id == runs.first?.id)
            let report = StatusReport(story)
            switch output {
            case .json: Console.result(try Console.json(report))
            case .text:
                let text = StatusText(report: report, now: SystemTime().now)
                let width = Console.liveTerminal()?.columns ?? 200
                Console.result(String(text.lines(width: width, color: Console.usesColor).dropLast()))
            }
            if report.next == "evenkeel resume" { throw ExitCode(ExitStatus.halted.rawValue) }
        }
    }
}
