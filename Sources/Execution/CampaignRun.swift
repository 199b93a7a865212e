import ClusterModel
import Planning
package import Ports
package import Rollout

/// Drives the rollout machine: writes each intent down, performs it through the ports, writes its outcome down.
package actor CampaignRun {
    let setup: RunSetup
    let control: any ClusterControl
    let shell: any NodeShell
    let journal: any RunJournal
    var time: any Timepiece
    let judge: any WaveJudge
    let store: (any CampaignStore)?
    let gates: (any GateWatch)?
    let report: @Sendable (RunNews) -> Void

    var rollout: Rollout
    var cluster: Cluster?
    var meter = HealthMeter()
    var notice = WaitNotice()
    var keeper: CampaignKeeper?
    /// When the next tick is due that has been arranged.
    private var nextTick: Instant?

    package init(
        _ setup: RunSetup,
        control: any ClusterControl,
        shell: any NodeShell,
        journal: any RunJournal,
        time: any Timepiece,
        judge: any WaveJudge,
        store: (any CampaignStore)? = nil,
        gates: (any GateWatch)? = nil,
        report: @escaping @Sendable (RunNews) -> Void
    ) {
        self.setup = setup
        self.control = control
        self.shell = shell
        self.journal = journal
        self.time = time
        self.judge = judge
        self.store = store
        self.gates = gates
        self.report = report
        rollout = Rollout(setup.outline)
    }

    private let mailbox = AsyncStream<Letter>.makeStream()

    /// Runs to the end, or takes up a run that its journal knows already.
    ///
    /// - Throws: `ExecutionError` where another run has the cluster, and what the ports throw.
    package func run() async throws -> Conclusion {
        try await refuseStaleJournal()
        try await takeLease()
        let past = try await journal.events(of: setup.run.id)
        time = SteadyTime(time, notBefore: past.map(\.at).max())
        if past.isEmpty { try await journal.begin(setup.run) }
        for entry in past { rollout.apply(entry.event, at: entry.at) }
        do {
            try await openStore(past)
            try await takeUp(isNew: past.isEmpty)
            let conclusion = try await drive()
            try await control.releaseLease(holder: setup.holder)
            return conclusion
        } catch let error as ExecutionError {
            if case .takenOver = error { try? await control.releaseLease(holder: setup.holder) }
            throw error
        } catch {
            try? await control.releaseLease(holder: setup.holder)
            throw error
        }
    }

    private func takeUp(isNew: Bool) async throws {
        if rollout.conclusion == .finished || rollout.conclusion == .aborted { return }
        if let hand = setup.hand { try await note(.takenUp(by: hand)) }
        if setup.abortsRun {
            try await note(.aborting(by: setup.hand?.who ?? setup.run.startedBy))
        } else if !isNew {
            try await note(.resumed)
        }
    }

    /// Asks the run to come to a safe halt.
    package nonisolated func interrupt() { mailbox.continuation.yield(.outcome([.interrupted], of: nil)) }

    /// Asks a run that comes to its halt to stop after the present step of each node.
    package nonisolated func hurry() { mailbox.continuation.yield(.outcome([.hurried], of: nil)) }

    /// Nodes that an abort left cordoned, each with the reason.
    package var leftNodes: [(node: String, reason: String)] {
        rollout.nodes.sorted { $0.key < $1.key }.compactMap { name, progress in
            progress.isCordoned ? progress.remark.map { (name, $0) } : nil
        }
    }

    /// The gate that stopped the run, and why; nil where none did.
    package var brokenGate: String? { rollout.brokenGate }

    /// Nodes that this run keeps from the scheduler at present.
    package var cordonedNodes: [String] { rollout.cordonedNodes }

    // MARK: The loop

    private func drive() async throws -> Conclusion {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await self.follow() }
            group.addTask { try await self.keepLease() }
            group.addTask { try await self.remindOfWaiting() }
            defer { group.cancelAll() }
            var pending = rollout.handle(.tick, at: time.now)
            var letters = mailbox.stream.makeAsyncIterator()
            while true {
                if let conclusion = try await start(pending, in: &group) { return conclusion }
                guard let letter = await letters.next() else { throw CancellationError() }
                pending = try await take(letter)
            }
        }
    }

    /// Gives every effect its task; returns once the machine has concluded.
    private func start(
        _ effects: [Effect],
        in group: inout ThrowingTaskGroup<Void, any Error>
    ) async throws -> Conclusion? {
        var queue = effects[...]
        while let effect = queue.popFirst() {
            switch effect {
            case .record(let event):
                queue.append(contentsOf: try await write([event]))
            case .conclude(let conclusion):
                return conclusion
            case .wake(let instant):
                guard arrangesTick(at: instant) else { continue }
                let mail = mailbox.continuation
                group.addTask { [time] in
                    try await time.sleep(until: instant)
                    mail.yield(.tick)
                }
            default:
                if effect.changesTheWorld { try await journal.intend(effect, run: setup.run.id, at: time.now) }
                group.addTask { try await self.performAndTell(effect) }
            }
        }
        return rollout.conclusion
    }

    /// Whether a tick at this moment comes before the one that is arranged.
    private func arrangesTick(at instant: Instant) -> Bool {
        if let nextTick, nextTick <= instant { return false }
        nextTick = instant
        return true
    }

    private func take(_ letter: Letter) async throws -> [Effect] {
        switch letter {
        case .tick:
            nextTick = nil
            return rollout.handle(.tick, at: time.now)
        case .failed(let error): throw error
        case .seen(let cluster):
            self.cluster = cluster
            notice.sighted()
            let effects = rollout.handle(.observed(cluster), at: time.now)
            report(.standing(standing()))
            return effects
        case .blind(let reason):
            let effects = rollout.handle(.blind, at: time.now)
            tellWaiting(.unreadable(reason: reason))
            return effects
        case .outcome(let events, let effect):
            if events.isEmpty, case .prove(let wave) = effect {
                return rollout.handle(.unproven(wave: wave), at: time.now)
            }
            if events.isEmpty, case .invite = effect { return rollout.handle(.uninvited, at: time.now) }
            return try await write(events)
        }
    }

    /// Takes in events that belong together, and only then asks the machine what to do.
    private func write(_ events: [Event]) async throws -> [Effect] {
        for event in events { try await note(event) }
        return events.isEmpty ? [] : rollout.handle(.tick, at: time.now)
    }

    /// The journal first, then the state, then whoever watches. Decides nothing: only the loop does.
    func note(_ event: Event) async throws {
        let instant = time.now
        try await journal.record(event, run: setup.run.id, at: instant)
        rollout.apply(event, at: instant)
        try await keep(event, at: instant)
        if case .waveAdmitted = event { notice.waveBegan() }
        report(.event(event, at: instant))
        report(.standing(standing()))
    }

    private func performAndTell(_ effect: Effect) async throws {
        do {
            let events = try await perform(effect)
            mailbox.continuation.yield(.outcome(events, of: effect))
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            mailbox.continuation.yield(.failed(error))
        }
    }

    func tell(_ letter: Letter) { mailbox.continuation.yield(letter) }
}

/// What arrives at the loop.
enum Letter: Sendable {
    case tick
    case seen(Cluster)
    case blind(reason: String)
    case outcome([Event], of: Effect?)
    case failed(any Error)
}

extension Effect {
    /// Needs its intent written down first.
    fileprivate var changesTheWorld: Bool {
        switch self {
        case .cordon, .evict, .delete, .perform, .undo, .uncordon, .steer: true
        case .prove, .invite, .knock, .record, .wake, .conclude: false
        }
    }
}
