import ClusterModel
import Execution
import Reporting
import Rollout

/// The table of a wave's nodes that stands below a run's lines on a terminal.
struct RunBoard: Hashable, Sendable {
    var standing: RunStanding

    /// The table as it is to be seen at this moment; no line is wider than the terminal, and there are fewer than it has
    /// rows.
    func lines(at now: Instant, in size: TerminalSize) -> [String] {
        // A terminal may wrap a line that fills its last column.
        let width = max(1, size.columns - 1)
        let room = max(1, size.rows - 4)
        var table = TextTable([
            .left("NODE", mayShrink: true), .left("PHASE", mayShrink: true), .right("PODS LEFT"), .right("TIME"),
        ])
        // What has gone wrong, then what is at work, is worth a row most.
        let nodes = standing.nodes.enumerated()
            .sorted { (Self.rank($0.element), $0.offset) < (Self.rank($1.element), $1.offset) }.map(\.element)
        for node in nodes.prefix(room) { table.add(cells(node, now)) }
        var lines = [headline(now)]
        lines += table.render(width: width, color: false).split(separator: "\n").map(String.init)
        if nodes.count > room { lines.append("and \(nodes.count - room) more nodes") }
        return lines.prefix(max(1, size.rows - 1)).map { TerminalText.cut($0, to: width) }
    }

    private func headline(_ now: Instant) -> String {
        let elapsed = DurationLabel.text(.seconds(now.since(standing.startedAt).components.seconds))
        return "wave \(standing.wave)/\(standing.waves)   \(standing.done) of \(standing.total) nodes done   \(elapsed)"
    }

    private func cells(_ node: NodeStanding, _ now: Instant) -> [TextTable.Cell] {
        let phase = node.step.map { "\(node.phase.rawValue): \($0)" } ?? node.phase.rawValue
        let isLeaving = node.phase == .admitted || node.phase == .draining
        let left = isLeaving ? node.podsLeft.map(String.init) ?? "?" : "-"
        let time = node.since.map { DurationLabel.text(.seconds(max(0, now.since($0).components.seconds))) }
        return [node.node, phase, left, time ?? "-"].map { TextTable.Cell($0) }
    }

    private static func rank(_ node: NodeStanding) -> Int {
        switch node.phase {
        case .failed: 0
        case .admitted, .draining, .servicing, .verifying, .returning: 1
        case .waiting: 2
        case .returned, .recovered, .skipped: 3
        }
    }
}

/// A terminal's size in characters.
struct TerminalSize: Hashable, Sendable {
    var columns: Int
    var rows: Int
}
