import ClusterModel
import Ports
import Synchronization
import Testing

@testable import EvenkeelCommands

/// Long work is spoken of, short work is not.
struct PatienceTests {
    @Test func `work that takes long is named after two seconds, and then every ten`() async throws {
        let time = SteppedTime()
        let said = Mutex<[String]>([])
        let (done, finish) = AsyncStream<Void>.makeStream()
        let patience = Patience(time: time) { text in
            let count = said.withLock { lines in
                lines.append(text)
                return lines.count
            }
            if count == 3 { finish.finish() }
        }
        try await patience.during("reading") { for await _ in done {} }
        #expect(said.withLock { $0.prefix(3) } == ["reading …", "reading … (12 s)", "reading … (22 s)"])
    }

    @Test func `work that is done at once is not spoken of, and gives its value`() async throws {
        let patience = Patience(time: EndlessTime()) { Issue.record("said \($0)") }
        #expect(try await patience.during("reading") { 7 } == 7)
    }
}

/// Time that jumps to whatever is waited for.
private final class SteppedTime: Timepiece {
    private let instant = Mutex(Instant(milliseconds: 0))

    var now: Instant { instant.withLock { $0 } }

    func sleep(until instant: Instant) async throws {
        try Task.checkCancellation()
        self.instant.withLock { $0 = max($0, instant) }
        await Task.yield()
    }
}

/// Time in which nobody who waits comes to an end.
private struct EndlessTime: Timepiece {
    var now: Instant { Instant(milliseconds: 0) }

    func sleep(until instant: Instant) async throws {
        for await _ in AsyncStream<Void>(bufferingPolicy: .unbounded, { _ in }) {}
        throw CancellationError()
    }
}
