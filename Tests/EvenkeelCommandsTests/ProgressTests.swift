import ClusterModel
import Execution
import Rollout
import Testing

@testable import EvenkeelCommands

/// The living table and the lines above it, as characters.
struct ProgressTests {
    private static let start = Instant(milliseconds: 1_782_896_400_000)

    private static func node(
        _ name: String,
        _ phase: NodePhase,
        left: Int? = nil,
        after seconds: Int? = 0,
        step: String? = nil
    ) -> NodeStanding {
        NodeStanding(
            node: name,
            phase: phase,
            step: step,
            isCordoned: phase != .waiting,
            podsLeft: left,
            since: seconds.map { start + .seconds($0) }
        )
    }

    private static let busy = RunBoard(
        standing: RunStanding(
            at: start,
            startedAt: start,
            wave: 4,
            waves: 10,
            done: 12,
            total: 30,
            nodes: [
                node("worker-1", .returned, left: 0, after: 170),
                node("worker-2", .draining, left: 7, after: 140),
                node("worker-3", .servicing, left: 0, after: 60, step: "install kubelet and kubectl"),
                node("worker-4.rack-7.seoul.example.com", .verifying, left: 2, after: 185),
                node("worker-5", .waiting, left: 4, after: nil),
                node("worker-6", .failed, after: 120),
                node("worker-7", .admitted, left: nil, after: 199),
            ]
        )
    )

    struct Shot: Sendable, CustomTestStringConvertible {
        var golden: String
        var size: TerminalSize

        var testDescription: String { golden }
    }

    static let shots = [
        Shot(golden: "board-wide.txt", size: TerminalSize(columns: 100, rows: 30)),
        Shot(golden: "board-narrow.txt", size: TerminalSize(columns: 44, rows: 30)),
        Shot(golden: "board-short.txt", size: TerminalSize(columns: 80, rows: 7)),
        Shot(golden: "board-tiny.txt", size: TerminalSize(columns: 12, rows: 3)),
    ]

    @Test(arguments: shots)
    func `the table of a wave fits the terminal`(shot: Shot) throws {
        let lines = Self.busy.lines(at: Self.start + .seconds(200), in: shot.size)
        #expect(lines.allSatisfy { $0.count < shot.size.columns })
        #expect(lines.count < shot.size.rows)
        try Golden.expect(lines.map { $0 + "\n" }.joined(), is: shot.golden)
    }

    @Test func `frames leave the lines as history and the last table only`() {
        var terminal = TestTerminal(columns: 20)
        var screen = LiveScreen()
        let size = TerminalSize(columns: 20, rows: 10)
        terminal.write(screen.frame(history: ["first"], table: ["head", "a 1"], in: size))
        terminal.write(screen.frame(history: [], table: ["head", "a 2", "b 1"], in: size))
        terminal.write(screen.frame(history: ["second", "third"], table: ["head", "b 2"], in: size))
        #expect(terminal.lines == ["first", "second", "third", "head", "b 2"])
        terminal.write(screen.frame(history: ["the end"], table: [], in: size))
        #expect(terminal.lines == ["first", "second", "third", "the end"])
    }

    @Test func `a table that a narrower terminal has wrapped is erased whole`() {
        var screen = LiveScreen()
        _ = screen.frame(history: [], table: ["0123456789", "abc"], in: TerminalSize(columns: 20, rows: 10))
        let frame = screen.frame(history: ["x"], table: [], in: TerminalSize(columns: 4, rows: 10))
        // Three rows of four columns, and one.
        #expect(frame == "\r\u{1B}[4A\u{1B}[Jx\n")
    }

    @Test func `nothing is written where nothing has changed`() {
        var screen = LiveScreen()
        let size = TerminalSize(columns: 20, rows: 10)
        _ = screen.frame(history: [], table: ["same"], in: size)
        #expect(screen.frame(history: [], table: ["same"], in: size).isEmpty)
    }

    @Test func `a wait says why and for how long`() {
        let lines = RunLines()
        let unproven = RunWait.unproven(
            wave: 4,
            reason: "budget shop/web is spent",
            until: Self.start + .seconds(900)
        )
        #expect(
            lines.lines(for: .waiting(unproven, at: Self.start)) == [
                "09:00:00  wave 4: cannot start yet: budget shop/web is spent; waits until 09:15:00 (another 15 min), "
                    + "then halts safely"
            ]
        )
        let unreadable = RunWait.unreadable(reason: "http://10.0.0.1: connection refused")
        #expect(
            lines.lines(for: .waiting(unreadable, at: Self.start)) == [
                "09:00:00  the cluster cannot be seen: http://10.0.0.1: connection refused; nothing new starts until it answers"
            ]
        )
    }

    @Test func `what a step wrote cannot move the cursor`() {
        let report = StepReport(name: "a", outcome: .failed, failure: "\u{1B}[2Jgone\nforged line")
        let event = RunNews.event(.stepFinished(node: "n", step: 0, report: report), at: Self.start)
        #expect(RunLines().lines(for: event) == ["09:00:00  n: a:  [2Jgone forged line"])
    }

    @Test func `a step's output is shown on request only`() {
        let report = StepReport(name: "a", outcome: .done, output: "one\ntwo\n")
        let event = RunNews.event(.stepFinished(node: "n", step: 0, report: report), at: Self.start)
        #expect(RunLines().lines(for: event).count == 1)
        #expect(
            RunLines(isVerbose: true).lines(for: event).suffix(2) == ["09:00:00  n: a | one", "09:00:00  n: a | two"]
        )
    }
}

/// As much of a terminal as the frames use: lines, a cursor that goes up, and erasing below it.
private struct TestTerminal {
    let columns: Int
    private var rows: [String] = []
    private var row = 0

    init(columns: Int) { self.columns = columns }

    var lines: [String] { rows.filter { !$0.isEmpty } }

    mutating func write(_ text: String) {
        var rest = text[...]
        while let character = rest.popFirst() {
            switch character {
            case "\n": row += 1
            case "\r": break
            case "\u{1B}": obey(&rest)
            default: put(character)
            }
        }
    }

    private mutating func put(_ character: Character) {
        while rows.count <= row { rows.append("") }
        rows[row].append(character)
    }

    private mutating func obey(_ rest: inout Substring) {
        let sequence = rest.prefix { !$0.isLetter }
        rest = rest.dropFirst(sequence.count)
        switch rest.popFirst() {
        case "A": row -= Int(sequence.dropFirst()) ?? 1
        case "J": rows.removeSubrange(min(row, rows.count)...)
        default: Issue.record("a sequence that the test does not know")
        }
    }
}
