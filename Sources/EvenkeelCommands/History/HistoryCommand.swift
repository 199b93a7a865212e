import ArgumentParser
import ClusterModel
import History
import Planning
import Ports
import Reporting
import Rollout

struct HistoryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "history",
        abstract: "Lists the runs that are recorded on this machine, and tells the story of a run or of a node.",
        discussion: """
              evenkeel history
              evenkeel history show worker-3
              evenkeel history show run-20260731090000-3fa9c1 --output json
            """,
        subcommands: [
            HistoryListCommand.self, HistoryShowCommand.self, HistoryExportCommand.self, HistoryImportCommand.self,
        ],
        defaultSubcommand: HistoryListCommand.self
    )
}

struct HistoryListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "Lists the runs, the newest first: who began each, with which plan, and how it stands.",
        discussion: """
              evenkeel history list --output json
            """
    )

    @OptionGroup var place: RecordOptions

    @Option(help: "text or json.")
    var output: OutputFormat = .text

    struct Entry: Encodable {
        var run: String
        var cluster: String
        var startedAt: String
        var startedBy: String
        var plan: String
        var state: RunStory.State
        var reason: String?
        var nodesDone: Int
        var nodesTotal: Int
        var lastEventAt: String?
    }

    func run() async throws {
        try await Evenkeel.reporting {
            let journal = try place.journal()
            let runs = try await journal.runs()
            var entries: [Entry] = []
            for record in runs {
                let story = try await RunStory.read(record, from: journal, isLast: record.id == runs.first?.id)
                entries.append(Self.entry(story))
            }
            switch output {
            case .json: Console.result(try Console.json(entries))
            case .text: Console.result(String(Self.table(entries).dropLast()))
            }
        }
    }

    private static func entry(_ story: RunStory) -> Entry {
        let report = StatusReport(story)
        return Entry(
            run: report.run,
            cluster: report.cluster,
            startedAt: report.startedAt,
            startedBy: report.startedBy,
            plan: report.plan,
            state: report.state,
            reason: report.reason,
            nodesDone: report.nodesDone,
            nodesTotal: report.nodesTotal,
            lastEventAt: story.events.last.map { "\($0.at)" }
        )
    }

    private static func table(_ entries: [Entry]) -> String {
        var table = TextTable([
            .left("RUN"), .left("BEGUN"), .left("BY"), .left("CLUSTER"), .left("PLAN"), .left("STATE"),
            .right("NODES DONE"), .left("WHY", mayShrink: true),
        ])
        for entry in entries {
            let cells = [
                entry.run, entry.startedAt, entry.startedBy, entry.cluster, String(entry.plan.prefix(12)),
                entry.state.rawValue, "\(entry.nodesDone)/\(entry.nodesTotal)", entry.reason ?? "",
            ]
            table.add(cells.map { TextTable.Cell($0) })
        }
        let width = Console.liveTerminal()?.columns ?? 200
        return entries.isEmpty ? "no runs\n" : table.render(width: width, color: Console.usesColor)
    }
}
