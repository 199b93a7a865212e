import ClusterModel
import Ports
import Synchronization

/// A time that jumps to the end of each wait.
final class TestTime: Timepiece {
    private let state = Mutex<(now: Instant, waits: [Duration])>(
        (Instant(milliseconds: 1_795_600_000_000), [])
    )

    var now: Instant { state.withLock { $0.now } }
    var waits: [Duration] { state.withLock { $0.waits } }

    func sleep(until instant: Instant) async throws {
        try Task.checkCancellation()
        state.withLock { state in
            state.waits.append(instant.since(state.now))
            state.now = max(state.now, instant)
        }
        await Task.yield()
    }
}
