import ClusterModel
import Ports
import Reliability
import Synchronization
import Testing
import Watching

struct WatcherTests {
    private static let ready = WatchScene.cluster(["n-1", "n-2"])

    @Test func `an API that goes away and comes back leaves two spans`() async throws {
        let control = ScriptedControl([
            [
                .snapshot(Self.ready), .change(.node(WatchScene.node("n-1", ready: false))),
                .interrupted(reason: "connection lost"), .snapshot(WatchScene.cluster(["n-2"])),
            ]
        ])
        let log = MemoryLog()
        try await Self.watch(control, log) { $0 == 2 }
        #expect(log.spans.count == 2)
        #expect(log.healthy("n-1") == [1, 0])
        #expect(log.healthy("n-2") == [1])
    }

    @Test func `a watch that fails after it had looked is begun again`() async throws {
        let control = ScriptedControl([[.snapshot(Self.ready)], [.snapshot(Self.ready)]])
        let log = MemoryLog()
        try await Self.watch(control, log) { $0 == 2 }
        #expect(log.spans.count == 2)
        #expect(log.healthy("n-1") == [1], "what did not change is not written again")
    }

    @Test func `one that was never let in ends with the reason`() async {
        let watcher = Watcher(control: ScriptedControl([[]]), log: MemoryLog(), time: LeapingTime())
        await #expect(throws: ControlError.unreachable("gone")) { try await watcher.run() }
    }

    /// Watches until it has looked so often that `enough` holds.
    private static func watch(
        _ control: ScriptedControl,
        _ log: MemoryLog,
        until enough: @escaping @Sendable (Int) -> Bool
    ) async throws {
        let (news, tell) = AsyncStream<WatchNews>.makeStream()
        let watcher = Watcher(control: control, log: log, time: LeapingTime()) { tell.yield($0) }
        await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await watcher.run() }
            var looks = 0
            for await item in news {
                if case .looking = item { looks += 1 }
                if enough(looks) { break }
            }
            group.cancelAll()
            while let result = await group.nextResult() { _ = result }
        }
        try await watcher.finish()
    }
}

/// Plays one list of observations after the other; each ends as if the server were gone, the last one by waiting.
private final class ScriptedControl: ClusterControl {
    private let scripts: Mutex<[[ClusterObservation]]>

    init(_ scripts: [[ClusterObservation]]) { self.scripts = Mutex(scripts) }

    func observe() -> AsyncThrowingStream<ClusterObservation, any Error> {
        let (script, isLast) = scripts.withLock { scripts in
            let script = scripts.isEmpty ? [] : scripts.removeFirst()
            return (script, scripts.isEmpty)
        }
        return AsyncThrowingStream { continuation in
            for item in script { continuation.yield(item) }
            if !isLast || script.isEmpty { continuation.finish(throwing: ControlError.unreachable("gone")) }
        }
    }

    func snapshot() async throws -> Cluster { throw Unasked() }
    func cordon(node: String, owner: String) async throws -> CordonOutcome { throw Unasked() }
    func uncordon(node: String, owner: String) async throws -> UncordonOutcome { throw Unasked() }
    func evict(pod: PodID, uid: String) async throws -> EvictionOutcome { throw Unasked() }
    func delete(pod: PodID, uid: String) async throws -> EvictionOutcome { throw Unasked() }
    func mark(node: String, owner: String) async throws { throw Unasked() }
    func unmark(node: String) async throws { throw Unasked() }
    func acquireLease(holder: String, duration: Duration) async throws -> LeaseOutcome { throw Unasked() }
    func releaseLease(holder: String) async throws { throw Unasked() }

    private struct Unasked: Error {}
}

private final class MemoryLog: ObservationLog {
    private let state = Mutex<(spans: [Instant], seen: [Observation])>(([], []))

    var spans: [Instant] { state.withLock(\.spans) }
    /// Of each thing in the order of writing.
    func healthy(_ node: String) -> [Int] {
        state.withLock { $0.seen.filter { $0.subject == .node(node) }.map(\.healthy) }
    }

    func latest() async throws -> [Observation] { [] }

    func beginSpan(_ changed: [Observation], at instant: Instant) async throws -> Int64 {
        state.withLock {
            $0.spans.append(instant)
            $0.seen += changed
            return Int64($0.spans.count)
        }
    }

    func extendSpan(_ span: Int64, with changed: [Observation], until instant: Instant) async throws {
        state.withLock { $0.seen += changed }
    }

    func note(labels: [WorkloadID: Labels]) async throws {}
    func forget(before instant: Instant) async throws {}
}

/// A short sleep is over at once, a longer one only when it is cancelled.
private final class LeapingTime: Timepiece {
    private let moment = Mutex(WatchScene.at(0))

    var now: Instant { moment.withLock { $0 } }

    func sleep(until instant: Instant) async throws {
        if instant.since(now) > .seconds(2) {
            let (stream, end) = AsyncStream<Never>.makeStream()
            for await _ in stream {}
            end.finish()
            try Task.checkCancellation()
        }
        moment.withLock { $0 = max($0, instant) }
    }
}
