import ClusterModel
import Playbooks
import Ports
import Rollout
import Synchronization

/// The world as one process sees it, until that process dies.
///
/// Every call has three instants at which the process may be killed: before its effect, and after it but before the
/// answer arrives; the journal's calls are the boundaries between events. Once dead, nothing it calls happens.
final class WorldPorts: ClusterControl, NodeShell, RunJournal, CampaignStore {
    /// The world, and how many instants of death there were: both outlive the process.
    final class Shared: Sendable {
        let state: Mutex<WorldState>
        let instants = Mutex(0)

        init(_ state: WorldState) { self.state = Mutex(state) }
    }

    let shared: Shared
    let time: any Timepiece
    /// The instant at which this process dies; nil for never.
    private let death: Int?
    private let serviceTime: Duration
    private let isDead = Mutex(false)
    private let watchers = Mutex<[AsyncThrowingStream<ClusterObservation, any Error>.Continuation]>([])

    init(_ shared: Shared, time: any Timepiece, dyingAt death: Int?, serviceTime: Duration = .seconds(3)) {
        self.serviceTime = serviceTime
        self.shared = shared
        self.time = time
        self.death = death
    }

    var hasDied: Bool { isDead.withLock { $0 } }

    private func instant() throws {
        if hasDied { throw Death() }
        let count = shared.instants.withLock { count in
            count += 1
            return count
        }
        if count == death {
            isDead.withLock { $0 = true }
            throw Death()
        }
    }

    /// Does something in the world, with an instant of death on either side of it.
    private func act<Value>(showing: Bool = false, _ body: (inout WorldState) throws -> sending Value) throws -> Value {
        try instant()
        let value = try shared.state.withLock { state in
            state.now = max(state.now, time.now)
            let value = try body(&state)
            state.watch()
            return value
        }
        try instant()
        if showing { show() }
        return value
    }

    /// Tells whoever watches what the cluster looks like.
    func show() {
        let cluster = shared.state.withLock { $0.cluster }
        for watcher in watchers.withLock({ $0 }) { watcher.yield(.snapshot(cluster)) }
    }

    // MARK: Cluster

    func snapshot() async throws -> Cluster { shared.state.withLock { $0.cluster } }

    func observe() -> AsyncThrowingStream<ClusterObservation, any Error> {
        let (stream, continuation) = AsyncThrowingStream<ClusterObservation, any Error>.makeStream()
        watchers.withLock { $0.append(continuation) }
        continuation.yield(.snapshot(shared.state.withLock { $0.cluster }))
        return stream
    }

    func cordon(node: String, owner: String) async throws -> CordonOutcome {
        try act(showing: true) { state in
            if state.nodes[node]?.unschedulable == true {
                return state.owners[node] == owner ? .alreadyOurs : .foreign(owner: state.owners[node])
            }
            state.nodes[node]?.unschedulable = true
            state.owners[node] = owner
            return .cordoned
        }
    }

    func uncordon(node: String, owner: String) async throws -> UncordonOutcome {
        try act(showing: true) { state in
            guard state.nodes[node]?.unschedulable == true else { return .nothingToDo }
            guard state.owners[node] == owner else { return .foreign(owner: state.owners[node]) }
            state.nodes[node]?.unschedulable = false
            state.owners[node] = nil
            return .uncordoned
        }
    }

    func evict(pod: PodID, uid: String) async throws -> EvictionOutcome {
        try act(showing: true) { state in
            guard let seen = state.pods[uid] else { return .gone }
            if seen.terminating { return .admitted }
            guard let app = state.apps.firstIndex(where: { $0.workload.id == seen.workload }) else { return .gone }
            if state.apps[app].budget != nil, seen.isHealthy, state.healthy(app) <= state.apps[app].lowest {
                return .budgetSpent(message: "the budget of \(seen.labels["app"] ?? "") is spent")
            }
            state.pods[uid]?.terminating = true
            state.evictions.append(uid)
            if seen.isHealthy, state.healthy(app) < state.apps[app].lowest {
                state.broken.append("the eviction of \(uid) left \(state.healthy(app)) at \(state.now)")
            }
            state.later(1, 5, .gone(uid: uid))
            return .admitted
        }
    }

    func delete(pod: PodID, uid: String) async throws -> EvictionOutcome { try await evict(pod: pod, uid: uid) }

    func mark(node: String, owner: String) async throws { try act { _ = $0.marks.insert(node) } }

    func unmark(node: String) async throws { try act { _ = $0.marks.remove(node) } }

    func acquireLease(holder: String, duration: Duration) async throws -> LeaseOutcome {
        try act { state in
            if let lease = state.lease, lease.holder != holder, state.now.since(lease.renewed) < lease.duration {
                return .heldBy(lease.holder, renewed: lease.renewed)
            }
            state.lease = (holder, state.now, duration)
            return .held
        }
    }

    func releaseLease(holder: String) async throws {
        try act { state in
            if state.lease?.holder == holder { state.lease = nil }
        }
    }

    func storedCampaign() async throws -> StoredCampaign? { shared.state.withLock { $0.stored } }

    func storeCampaign(_ text: String, replacing version: String?) async throws -> String? {
        try act { state in
            guard state.stored?.version == version else { return nil }
            state.writes += 1
            let next = "\(state.writes)"
            state.stored = StoredCampaign(text: text, version: next)
            return next
        }
    }

    // MARK: Machines

    func reach(_ node: NodeTarget) async throws {}

    func perform(
        _ step: PlaybookStep,
        on target: NodeTarget,
        variables: [String: String],
        rebootTimeout: Duration,
        rebootedFrom: String?,
        rebooting: @Sendable (_ bootID: String) async throws -> Void
    ) async throws -> StepReport {
        let node = target.node
        let boot = try act { state in
            if state.random.chance(state.faults.connectionFails) { throw ControlError.unreachable("connection reset") }
            return state.hosts[node]?.boot ?? 0
        }
        if step.name.hasPrefix("undo of ") {
            try act { $0.hosts[node]?.done[String(step.name.dropFirst(8))] = nil }
            return StepReport(name: step.name, outcome: .done)
        }
        if step.reboot { return try await reboot(step, node, boot, rebootedFrom, rebooting) }
        // The check: what is there already is not done again.
        let isThere = try act { $0.hosts[node]?.done[step.name] != nil }
        if isThere { return StepReport(name: step.name, outcome: .alreadyDone) }
        let slow = shared.state.withLock { $0.faults.slow[node] }
        try await time.sleep(until: time.now + (slow ?? serviceTime))
        let fails = try act { state in
            if state.random.chance(state.faults.stepFails) { return true }
            state.hosts[node]?.done[step.name, default: 0] += 1
            return false
        }
        return StepReport(name: step.name, outcome: fails ? .failed : .done, failure: fails ? "exit status 1" : nil)
    }

    /// Without a check: the boot id alone tells whether it has happened.
    private func reboot(
        _ step: PlaybookStep,
        _ node: String,
        _ boot: Int,
        _ rebootedFrom: String?,
        _ rebooting: @Sendable (_ bootID: String) async throws -> Void
    ) async throws -> StepReport {
        if rebootedFrom == nil || rebootedFrom == "\(boot)" {
            if rebootedFrom == nil { try await rebooting("\(boot)") }
            try act(showing: true) { state in
                state.hosts[node]?.boot += 1
                state.hosts[node]?.done[step.name, default: 0] += 1
                state.nodes[node]?.ready = false
                if !state.random.chance(state.faults.neverReady) { state.later(20, 60, .nodeReady(node)) }
            }
        }
        try await time.sleep(until: time.now + .seconds(15))
        return StepReport(name: step.name, outcome: .done)
    }

    // MARK: Journal

    func begin(_ run: RunRecord) async throws { try act { _ in } }

    func intend(_ effect: Effect, run: String, at instant: Instant) async throws {
        try act { $0.journal.append(JournalLine(at: instant, intent: effect)) }
    }

    func record(_ event: Event, run: String, at instant: Instant) async throws {
        try act { $0.journal.append(JournalLine(at: instant, event: event)) }
    }

    func observe(_ samples: [HealthSample], run: String) async throws {}
    func runs() async throws -> [RunRecord] { [] }
    func samples(of run: String) async throws -> [HealthSample] { [] }

    func events(of run: String) async throws -> [RecordedEvent] {
        shared.state.withLock { state in
            state.journal.compactMap { line in line.event.map { RecordedEvent(at: line.at, event: $0) } }
        }
    }
}
