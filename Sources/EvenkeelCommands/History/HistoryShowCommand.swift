import ArgumentParser
import ClusterModel
import Execution
import History
import Planning
import Ports
import Reporting
import Rollout

struct HistoryShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract:
            "Tells the story of a node, or of a whole run: who, when, from where, with which plan, and each step.",
        discussion: """
            A node's story goes through all runs on this machine, or through the one that --run names.

              evenkeel history show worker-3
              evenkeel history show run-20260731090000-3fa9c1 --output json
            """
    )

    @Argument(help: "A node's name, or a run's.")
    var subject: String

    @OptionGroup var place: RecordOptions

    @Option(name: .customLong("run"), help: "Of a node only what happened in this run.")
    var runID: String?

    @Option(help: "text or json.")
    var output: OutputFormat = .text

    struct Chapter: Encodable {
        struct Entry: Encodable {
            var at: String
            var node: String?
            var text: String
        }

        var run: String
        var cluster: String
        var startedAt: String
        var startedBy: String
        var plan: String
        var state: RunStory.State
        var reason: String?
        var waivers: [String]
        /// How the node stands, of a node's story.
        var now: String?
        var entries: [Entry]
    }

    func run() async throws {
        try await Evenkeel.reporting {
            let journal = try place.journal()
            let runs = try await journal.runs()
            var chapters: [Chapter] = []
            let isRun = runs.contains { $0.id == subject }
            for record in runs.reversed() where isRun ? record.id == subject : runID == nil || record.id == runID {
                let story = try await RunStory.read(record, from: journal, isLast: record.id == runs.first?.id)
                if !isRun, story.rollout.nodes[subject] == nil { continue }
                chapters.append(Self.chapter(story, of: isRun ? nil : subject))
            }
            if chapters.isEmpty {
                throw CommandFailure("\(journal.file): knows no run and no node \(subject): see `evenkeel history`")
            }
            switch output {
            case .json: Console.result(try Console.json(chapters))
            case .text: Console.result(chapters.map(Self.text).joined(separator: "\n\n"))
            }
        }
    }

    private static func chapter(_ story: RunStory, of node: String?) -> Chapter {
        let entries = story.events.flatMap { entry -> [Chapter.Entry] in
            guard node == nil || entry.event.concerns(node ?? "", in: story) else { return [] }
            return RunLines(isVerbose: true).texts(for: entry.event).map {
                Chapter.Entry(at: "\(entry.at)", node: entry.event.subject, text: TerminalText.plain($0))
            }
        }
        return Chapter(
            run: story.record.id,
            cluster: story.record.cluster,
            startedAt: "\(story.record.startedAt)",
            startedBy: story.record.startedBy,
            plan: story.hash,
            state: story.state,
            reason: story.reason,
            waivers: story.waivers.filter { node == nil || $0.contains(node ?? "") },
            now: node.map { story.words.text(of: $0) },
            entries: entries
        )
    }

    private static func text(_ chapter: Chapter) -> String {
        var lines = ["\(chapter.run) on \(chapter.cluster): \(chapter.state.words)"]
        lines.append("begun \(chapter.startedAt) by \(chapter.startedBy), plan \(chapter.plan)")
        if let reason = chapter.reason { lines.append(TerminalText.plain(reason)) }
        lines += chapter.waivers.map { "waiver: \(TerminalText.plain($0))" }
        lines += chapter.entries.map { "\($0.at)  \($0.text)" }
        if let now = chapter.now { lines.append("now: \(TerminalText.plain(now))") }
        return lines.joined(separator: "\n")
    }
}

extension Event {
    /// The node that it is about; nil where it is about more.
    var subject: String? {
        switch self {
        case .cordoned(let node), .evictionAdmitted(let node, _, _), .evictionRefused(let node, _, _, _, _),
            .deletionAdmitted(let node, _, _, _), .podGone(let node, _, _), .drained(let node),
            .rebooting(let node, _, _), .stepFinished(let node, _, _), .verified(let node), .uncordoned(let node),
            .retired(let node), .nodeFailed(let node, _, _), .undone(let node, _, _), .left(let node, _),
            .skipped(let node, _), .joined(let node, _):
            node
        default: nil
        }
    }

    /// Whether it belongs to the node's story: its own, its wave's, and who took the run up or stopped it.
    fileprivate func concerns(_ node: String, in story: RunStory) -> Bool {
        if let subject { return subject == node }
        switch self {
        case .waveAdmitted(let wave, _), .waveFinished(let wave):
            return story.rollout.outline.waves.first { $0.number == wave }?.nodes.contains(node) == true
        case .steering, .steered: return false
        default: return true
        }
    }
}
