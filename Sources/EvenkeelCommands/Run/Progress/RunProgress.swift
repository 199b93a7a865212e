import ClusterModel
import Execution
import Ports

/// Shows how a run goes on standard error: nothing, lines, or on a terminal lines above a living table.
actor RunProgress {
    enum Item: Sendable {
        case news(RunNews)
        case note(String)
        case tick
    }

    private let verbosity: Verbosity
    private let lines: RunLines
    private let terminal: (@Sendable () -> TerminalSize?)?
    private let time: any Timepiece
    private let write: @Sendable (String) -> Void
    private var screen = LiveScreen()
    private var board: RunBoard?
    private let items = AsyncStream<Item>.makeStream()

    /// - Parameter terminal: tells the size of the terminal that may be drawn on; nil, or an answer of nil, means lines.
    init(
        _ verbosity: Verbosity,
        terminal: (@Sendable () -> TerminalSize?)?,
        time: any Timepiece,
        write: @escaping @Sendable (String) -> Void
    ) {
        self.verbosity = verbosity
        self.terminal = verbosity == .quiet ? nil : terminal
        self.time = time
        self.write = write
        lines = RunLines(isVerbose: verbosity == .verbose)
    }

    /// Takes news from anywhere, in the order of the calls; shown by `during(_:)`.
    nonisolated func tell(_ news: RunNews) { items.continuation.yield(.news(news)) }

    nonisolated func note(_ text: String) { items.continuation.yield(.note(text)) }

    /// Shows what is told while `body` runs, and all of it before this returns; then the table is gone.
    nonisolated func during<Value: Sendable>(_ body: () async throws -> Value) async throws -> Value {
        try await withTaskGroup(of: Bool.self) { group in
            group.addTask {
                await self.show()
                return true
            }
            if terminal != nil {
                group.addTask {
                    await self.tick()
                    return false
                }
            }
            let outcome: Result<Value, any Error>
            do { outcome = .success(try await body()) } catch { outcome = .failure(error) }
            items.continuation.finish()
            while let isShown = await group.next(), !isShown {}
            group.cancelAll()
            return outcome
        }.get()
    }

    private func show() async {
        for await item in items.stream { take(item) }
        if let size = terminal?() { write(screen.frame(history: [], table: [], in: size)) }
    }

    private func tick() async {
        while (try? await time.sleep(until: time.now + .seconds(1))) != nil { items.continuation.yield(.tick) }
    }

    private func take(_ item: Item) {
        switch item {
        case .note(let text): draw([text])
        case .tick: draw([])
        case .news(.standing(let standing)):
            board = RunBoard(standing: standing)
            draw([])
        case .news(let news): draw(verbosity == .quiet ? [] : lines.lines(for: news))
        }
    }

    private func draw(_ history: [String]) {
        guard let size = terminal?() else {
            if !history.isEmpty { write(history.map { $0 + "\n" }.joined()) }
            return
        }
        let table = board?.lines(at: time.now, in: size) ?? []
        let frame = screen.frame(history: history, table: table, in: size)
        if !frame.isEmpty { write(frame) }
    }
}
