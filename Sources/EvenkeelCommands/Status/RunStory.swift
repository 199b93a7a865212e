import ClusterModel
import Execution
import History
import Planning
import Ports
import Rollout

/// A run as its journal tells it, read while the run may be at work in another process.
struct RunStory {
    /// What a run is doing, or why it does nothing.
    enum State: String, Codable {
        /// A process is at work.
        case running
        /// A process is at work and comes to its halt.
        case stopping
        /// Somebody stopped it; `resume` goes on.
        case paused
        /// It stopped by itself; `resume` goes on once the cause is gone.
        case halted
        /// Its process ended without a word: killed, a crash, a power failure; `resume` goes on.
        case brokenOff
        /// A process is giving it up.
        case aborting
        case aborted
        case finished
    }

    var record: RunRecord
    var plan: Plan
    var events: [RecordedEvent]
    var rollout: Rollout
    /// The process on this machine that is at work; nil where none is.
    var process: Int?

    /// - Parameter file: the journal's, beside which the lock lies.
    static func read(_ record: RunRecord, from journal: SQLiteJournal, isLast: Bool) async throws -> RunStory {
        let plan = try PlanSource.parse(record.plan, named: "the plan of \(record.id)")
        let events = try await journal.events(of: record.id)
        var rollout = Rollout(
            RolloutOutline(
                waves: plan.waves,
                steps: [:],
                targetVersion: plan.campaign.targetVersion,
                soak: plan.policy.canary?.soak ?? .zero,
                returnsNodes: plan.campaign.returnsNodes
            )
        )
        for entry in events { rollout.apply(entry.event, at: entry.at) }
        return RunStory(
            record: record,
            plan: plan,
            events: events,
            rollout: rollout,
            process: isLast ? RunLock.process(journal: journal.file) : nil
        )
    }

    var state: State {
        switch rollout.conclusion {
        case .finished: return .finished
        case .aborted: return .aborted
        case .halted: return wasInterrupted ? .paused : .halted
        case nil: break
        }
        guard process != nil else { return .brokenOff }
        if rollout.isAborting { return .aborting }
        return rollout.stopping == nil ? .running : .stopping
    }

    /// Why it stopped, stops or waits; nil where it goes on as planned.
    var reason: String? {
        if case .halted(let reason) = rollout.conclusion { return reason }
        return rollout.stopping ?? (rollout.isAdmitted ? nil : rollout.holding)
    }

    /// Says of each node what its state means.
    var words: NodeWords { NodeWords(rollout, reason: reason, isAtWork: process != nil) }

    var hash: String { PlanSource.digest(of: record.plan) }

    /// The processes that took it up, in their order.
    var hands: [(hand: RunHand, at: Instant)] {
        events.compactMap { if case .takenUp(let hand) = $0.event { (hand, $0.at) } else { nil } }
    }

    /// What to type next; nil where nothing is to be done.
    var next: String? {
        switch state {
        case .running: "evenkeel pause"
        case .stopping, .aborting, .aborted, .finished: nil
        case .paused, .halted, .brokenOff: "evenkeel resume"
        }
    }

    /// Whether a person's wish came before anything that failed, since the run was taken up last.
    private var wasInterrupted: Bool {
        for entry in events.reversed() {
            switch entry.event {
            case .interrupted: return true
            case .resumed, .nodeFailed: return false
            default: continue
            }
        }
        return false
    }
}
