import ClusterModel
import Playbooks
import Ports
import Reliability
import Synchronization
import Testing
import Watching

struct ProbeRunnerTests {
    private static let probe = ProbeSettings(
        workload: "shop/web",
        name: "port",
        target: .tcp(host: "h", port: 1),
        interval: .milliseconds(500)
    )

    @Test func `what is looked at every half second is written as times up and down`() async throws {
        let prober = ScriptedProber([.good, .good, .failed, .failed, .good, .good, .missed, .good])
        let log = try await Self.run(prober)
        #expect(log.id == ProbeID(workload: "shop/web", name: "port", source: "tcp", interval: .milliseconds(500)))
        #expect(log.spans.map(\.isUp) == [true, false, true, true])
        #expect(log.spans.map { $0.end.since($0.start) } == [1000, 1000, 1000, 0].map { .milliseconds($0) })
        #expect(log.spans[1].lead == .milliseconds(500))
        #expect(log.looks?.good == 5 && log.looks?.failed == 2 && log.looks?.missed == 1)
        #expect(log.looks?.latency.percentile(0.5) == .milliseconds(3))
    }

    @Test func `a failure that our own clock noticed late is a look that was missed`() async throws {
        let prober = ScriptedProber([.good, .late, .good])
        let log = try await Self.run(prober)
        #expect(log.looks?.failed == 0 && log.looks?.missed == 1)
        #expect(log.spans.map(\.isUp) == [true, true])
    }

    @Test func `one for Prometheus is not looked at`() async throws {
        let series = ProbeSettings(
            workload: "shop/web",
            name: "up",
            target: .prometheus(query: "up", server: "http://p", atLeast: 1)
        )
        let log = ProbeMemory()
        let runner = ProbeRunner([series], prober: ScriptedProber([]), log: log, time: StepTime())
        try await runner.finish()
        #expect(log.id == nil)
    }

    /// Runs until the script is played.
    private static func run(_ prober: ScriptedProber) async throws -> ProbeMemory {
        let log = ProbeMemory()
        let runner = ProbeRunner([probe], prober: prober, log: log, time: prober.time, beat: .seconds(3600))
        await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await runner.run() }
            await prober.played()
            group.cancelAll()
            while let result = await group.nextResult() { _ = result }
        }
        try await runner.finish()
        return log
    }
}

/// Plays one answer after the other; the last one is waited for by ``played()``.
private final class ScriptedProber: Prober {
    enum Answer { case good, failed, missed, late }

    let time = StepTime()
    private let answers: Mutex<[Answer]>
    private let end = AsyncStream<Void>.makeStream()

    init(_ answers: [Answer]) { self.answers = Mutex(answers) }

    func look(_ probe: ProbeSettings) async throws -> ProbeLook {
        let next = answers.withLock { $0.isEmpty ? nil : $0.removeFirst() }
        guard let next else {
            end.continuation.finish()
            throw CancellationError()
        }
        defer { time.next() }
        switch next {
        case .good: return .good(.milliseconds(3))
        case .failed: return .failed
        case .missed: return .missed
        case .late:
            time.leap(.seconds(10))
            return .failed
        }
    }

    func played() async { for await _ in end.stream {} }
}

/// Goes on to the next moment that is slept for once the look of this one is over; so looks are one after the other.
private final class StepTime: Timepiece {
    private let moment = Mutex(WatchScene.at(0))
    private let turns = AsyncStream<Void>.makeStream()

    init() { turns.continuation.yield() }

    var now: Instant { moment.withLock { $0 } }

    func leap(_ time: Duration) { moment.withLock { $0 = $0 + time } }
    func next() { turns.continuation.yield() }

    func sleep(until instant: Instant) async throws {
        if instant.since(now) > .seconds(60) {
            let (stream, end) = AsyncStream<Never>.makeStream()
            for await _ in stream {}
            end.finish()
            try Task.checkCancellation()
        }
        for await _ in turns.stream { break }
        try Task.checkCancellation()
        moment.withLock { $0 = max($0, instant) }
    }
}

private final class ProbeMemory: ProbeLog {
    private let state = Mutex<(id: ProbeID?, spans: [Instant: ProbeSpan], looks: ProbeLooks?)>((nil, [:], nil))

    var id: ProbeID? { state.withLock(\.id) }
    var spans: [ProbeSpan] { state.withLock { $0.spans.values.sorted { $0.start < $1.start } } }
    var looks: ProbeLooks? { state.withLock(\.looks) }

    func beginProbe(_ id: ProbeID, at instant: Instant) async throws -> Int64 {
        state.withLock { $0.id = id }
        return 1
    }

    func extendProbe(_ session: Int64, with spans: [ProbeSpan], looks: ProbeLooks, until instant: Instant) async throws
    {
        state.withLock {
            for span in spans { $0.spans[span.start] = span }
            $0.looks = looks
        }
    }
}
