import ClusterModel
import Execution
import Planning
import Playbooks
import Ports
import Rollout

/// A cluster that does what it is told and shows it at once.
actor FakeControl: ClusterControl {
    private var cluster: Cluster
    private var watchers: [AsyncThrowingStream<ClusterObservation, any Error>.Continuation] = []
    var leaseHolder: String?
    private(set) var writes: [String] = []
    /// Nodes on which no mark can be set.
    private let unmarkable: Set<String>

    init(_ cluster: Cluster, leaseHolder: String? = nil, unmarkable: Set<String> = []) {
        self.unmarkable = unmarkable
        self.cluster = cluster
        self.leaseHolder = leaseHolder
    }

    func snapshot() -> Cluster { cluster }

    nonisolated func observe() -> AsyncThrowingStream<ClusterObservation, any Error> {
        let (stream, continuation) = AsyncThrowingStream<ClusterObservation, any Error>.makeStream()
        Task { await self.add(continuation) }
        return stream
    }

    private func add(_ watcher: AsyncThrowingStream<ClusterObservation, any Error>.Continuation) {
        watchers.append(watcher)
        watcher.yield(.snapshot(cluster))
    }

    func cordon(node: String, owner: String) -> CordonOutcome {
        writes.append("cordon \(node)")
        show(node) { $0.unschedulable = true }
        return .cordoned
    }

    func uncordon(node: String, owner: String) -> UncordonOutcome {
        writes.append("uncordon \(node)")
        show(node) { $0.unschedulable = false }
        return .uncordoned
    }

    func mark(node: String, owner: String) throws {
        writes.append("mark \(node) for \(owner)")
        if unmarkable.contains(node) { throw ControlError.refused("patch nodes is forbidden") }
    }

    func unmark(node: String) { writes.append("unmark \(node)") }

    func evict(pod: PodID, uid: String) -> EvictionOutcome {
        writes.append("evict \(pod)")
        return .gone
    }

    func delete(pod: PodID, uid: String) -> EvictionOutcome {
        writes.append("delete \(pod)")
        return .gone
    }

    func acquireLease(holder: String, duration: Duration) -> LeaseOutcome {
        leaseHolder.map { .heldBy($0, renewed: nil) } ?? .held
    }

    func releaseLease(holder: String) { writes.append("release") }

    private func show(_ name: String, _ change: (inout Node) -> Void) {
        guard var node = cluster.node(name) else { return }
        change(&node)
        cluster.apply(.node(node))
        for watcher in watchers { watcher.yield(.change(.node(node))) }
    }
}

/// Machines whose steps end as the test says.
actor FakeShell: NodeShell {
    private let outcome: StepReport.Outcome
    private(set) var performed: [String] = []

    init(_ outcome: StepReport.Outcome) {
        self.outcome = outcome
    }

    func reach(_ node: NodeTarget) {}

    func perform(
        _ step: PlaybookStep,
        on node: NodeTarget,
        variables: [String: String],
        rebootTimeout: Duration,
        rebootedFrom: String?,
        rebooting: @Sendable (_ bootID: String) async throws -> Void
    ) async throws -> StepReport {
        performed.append("\(node.node) \(step.name)")
        return StepReport(name: step.name, outcome: outcome, failure: outcome == .failed ? "exit status 3" : nil)
    }
}

/// A journal in memory, with intents and events in one list.
actor FakeJournal: RunJournal {
    private var recorded: [RecordedEvent]
    private(set) var lines: [String] = []

    init(_ past: [Event] = []) {
        recorded = past.map { RecordedEvent(at: Instant(milliseconds: 0), event: $0) }
    }

    func begin(_ run: RunRecord) {}
    func intend(_ effect: Effect, run: String, at instant: Instant) { lines.append("intent \(effect)") }
    func record(_ event: Event, run: String, at instant: Instant) {
        recorded.append(RecordedEvent(at: instant, event: event))
        lines.append("event \(event)")
    }
    func observe(_ samples: [HealthSample], run: String) {}
    func runs() -> [RunRecord] { [] }
    func events(of run: String) -> [RecordedEvent] { recorded }
    func samples(of run: String) -> [HealthSample] { [] }
    var events: [Event] { recorded.map(\.event) }
}

/// Time that stands still: whoever waits, waits until cancelled.
struct StillTime: Timepiece {
    var now: Instant { Instant(milliseconds: 1000) }

    func sleep(until instant: Instant) async throws {
        for await _ in AsyncStream<Void>(bufferingPolicy: .unbounded, { _ in }) {}
        throw CancellationError()
    }
}

struct EveryWaveHolds: WaveJudge {
    func verdict(on wave: Wave, remaining: [String], settled: Set<String>, in cluster: Cluster) -> WaveVerdict {
        .holds
    }
}

struct NoWaveHolds: WaveJudge {
    var reason: String

    func verdict(on wave: Wave, remaining: [String], settled: Set<String>, in cluster: Cluster) -> WaveVerdict {
        .refuted(reason: reason)
    }
}
