import ClusterModel
import Execution
import Planning
import Ports
import Reporting
import Rollout

/// How a run stands, for programs; the text is made of the same values.
struct StatusReport: Encodable {
    struct Entry: Encodable {
        var node: String
        var wave: Int
        var phase: NodePhase
        var stepsDone: Int
        var steps: Int
        var cordoned: Bool
        var since: String?
        var explanation: String
    }

    struct Hand: Encodable {
        var who: String
        var process: Int
        var release: String
        var plan: String
        var at: String
    }

    var run: String
    var cluster: String
    var state: RunStory.State
    var reason: String?
    /// The process on this machine that is at work.
    var process: Int?
    var startedAt: String
    var startedBy: String
    /// SHA-256 of the plan file.
    var plan: String
    var wave: Int
    var waves: Int
    var nodesDone: Int
    var nodesTotal: Int
    var nodes: [Entry]
    var hands: [Hand]
    var waivers: [String]
    /// What to type next.
    var next: String?

    init(_ story: RunStory) {
        let rollout = story.rollout
        run = story.record.id
        cluster = story.record.cluster
        state = story.state
        reason = story.reason
        process = story.process
        startedAt = "\(story.record.startedAt)"
        startedBy = story.record.startedBy
        plan = story.hash
        waves = rollout.outline.waves.count
        wave = min(rollout.waveIndex + 1, waves)
        nodes = Self.entries(story)
        nodesDone = nodes.count { [.returned, .recovered, .skipped].contains($0.phase) }
        nodesTotal = nodes.count
        hands = story.hands.map { hand, at in
            Hand(who: hand.who, process: hand.process, release: hand.release, plan: hand.plan, at: "\(at)")
        }
        waivers = story.waivers
        next = story.next
    }

    /// In the order of the waves.
    private static func entries(_ story: RunStory) -> [Entry] {
        let explanation = story.words
        var seen: Set<String> = []
        return story.rollout.outline.waves.enumerated().flatMap { index, wave in
            wave.nodes.filter { seen.insert($0).inserted }.compactMap { node in
                guard let progress = story.rollout.nodes[node] else { return nil }
                return Entry(
                    node: node,
                    wave: index + 1,
                    phase: progress.phase,
                    stepsDone: progress.stepsDone,
                    steps: story.rollout.outline.steps[node, default: []].count,
                    cordoned: progress.isCordoned,
                    since: progress.since.milliseconds == 0 ? nil : "\(progress.since)",
                    explanation: explanation.text(of: node)
                )
            }
        }
    }
}

extension RunStory {
    /// In words, with their dates.
    var waivers: [String] {
        plan.policy.waivers.map {
            "\($0.rule.rawValue) \($0.subject) until \($0.expires): \($0.reason)"
        }
    }
}

/// The status as a person reads it.
struct StatusText {
    let report: StatusReport
    let now: Instant

    func lines(width: Int, color: Bool) -> String {
        var text = headline + "\n"
        if let reason = report.reason { text += "\(TerminalText.plain(reason))\n" }
        text += "begun \(report.startedAt) by \(report.startedBy), plan \(report.plan.prefix(12))\n"
        if let last = report.hands.last, report.hands.count > 1 {
            text += "taken up \(report.hands.count) times, last at \(last.at) by \(last.who)\n"
        }
        for waiver in report.waivers { text += "waiver: \(TerminalText.plain(waiver))\n" }
        text += "\n" + table.render(width: width, color: color)
        if let next = report.next { text += "\n\(report.state == .running ? "stop it with" : "go on with"): \(next)\n" }
        return text
    }

    private var headline: String {
        let at = "wave \(report.wave)/\(report.waves), \(report.nodesDone) of \(report.nodesTotal) nodes done"
        let process = report.process.map { " (process \($0))" } ?? ""
        return "\(report.run) on \(report.cluster): \(report.state.words)\(process), \(at)"
    }

    private var table: TextTable {
        var table = TextTable([
            .left("NODE", mayShrink: true), .right("WAVE"), .left("STATE"), .right("STEPS"), .left("CORDONED"),
            .right("FOR"), .left("WHY", mayShrink: true),
        ])
        for node in report.nodes {
            let since = node.since.flatMap { Instant(text: $0) }.map { max(.zero, now.since($0)) }
            let cells = [
                node.node, "\(node.wave)", node.phase.rawValue,
                node.steps > 0 ? "\(node.stepsDone)/\(node.steps)" : "-", node.cordoned ? "yes" : "no",
                since.map { DurationLabel.text(.seconds($0.components.seconds)) } ?? "-", node.explanation,
            ]
            table.add(cells.map { TextTable.Cell($0) })
        }
        return table
    }
}

extension RunStory.State {
    var words: String { self == .brokenOff ? "broken off (no process is at work)" : rawValue }
}
