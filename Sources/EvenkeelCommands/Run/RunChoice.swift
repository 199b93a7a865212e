import ArgumentParser
import ClusterModel
import Crypto
import Foundation
import Planning
import Playbooks
import Ports
import Rollout

/// The run that a command is about: a new one, or the last one of the journal.
struct RunChoice {
    var record: RunRecord
    var plan: Plan
    /// No process has taken it up before.
    var isNew = false
    /// Nothing is left to do.
    var isOver = false

    static func choose(
        _ aim: LaunchAim,
        cluster: String,
        in journal: some RunJournal,
        at now: Instant
    ) async throws -> RunChoice {
        let last = try await LastRun.read(from: journal)
        switch aim {
        case .carryOut(let source): return try begin(source, after: last, cluster: cluster, at: now)
        case .resume, .takeOver, .abort:
            guard let last else { throw CommandFailure("no run is recorded here: begin one with `evenkeel run PLAN`") }
            if last.isOver {
                let end = last.isAborted ? "was aborted" : "has come to its end"
                throw CommandFailure("\(last.record.id) \(end): there is nothing to go on with or to give up")
            }
            var plan = try PlanSource.parse(last.record.plan, named: "the plan of \(last.record.id)")
            plan.playbook?.inputs.merge(last.inputs) { _, used in used }
            Console.note("evenkeel: goes on with \(last.record.id), which began at \(last.record.startedAt)")
            return RunChoice(record: last.record, plan: plan)
        }
    }

    private static func begin(
        _ source: PlanSource,
        after last: LastRun?,
        cluster: String,
        at now: Instant
    ) throws -> RunChoice {
        if let last, !last.isAborted {
            let id = last.record.id
            if last.record.plan == source.text {
                Console.note(
                    last.isOver
                        ? "evenkeel: \(id) has carried this plan out: plan again for another round"
                        : "evenkeel: goes on with \(id), which began at \(last.record.startedAt)"
                )
                return RunChoice(record: last.record, plan: source.plan, isOver: last.isOver)
            }
            if !last.isOver {
                throw CommandFailure(
                    "\(id), of another plan, has not come to its end: go on with `evenkeel resume`, "
                        + "or give it up with `evenkeel abort`, before this plan begins"
                )
            }
        }
        let digest = SHA256.hash(data: Data("\(now)\(source.text)\(ProcessInfo.processInfo.processIdentifier)".utf8))
        let tail = digest.prefix(3).map { String($0, radix: 16) }.joined()
        let day = "\(now)".prefix(19).filter { $0.isNumber }
        let run = RunRecord(
            id: "run-\(day)-\(tail)",
            startedAt: now,
            startedBy: Operator.name,
            cluster: cluster,
            plan: source.text
        )
        return RunChoice(record: run, plan: source.plan, isNew: true)
    }

    /// What the journal says of this process.
    func hand(steps: [String: [String]], _ work: PlannedWork) -> RunHand {
        let secret = Set(work.playbook.secretInputs)
        return RunHand(
            who: Operator.name,
            process: Int(ProcessInfo.processInfo.processIdentifier),
            release: Evenkeel.configuration.version,
            plan: PlanSource.digest(of: record.plan),
            steps: StepList.lists(of: steps),
            inputs: work.inputs.filter { !secret.contains($0.key) }
        )
    }
}

/// The last run of a journal, and whether it is over.
struct LastRun {
    var record: RunRecord
    var events: [Event]

    static func read(from journal: some RunJournal) async throws -> LastRun? {
        guard let record = try await journal.runs().first else { return nil }
        return LastRun(record: record, events: try await journal.events(of: record.id).map(\.event))
    }

    var isAborted: Bool { events.contains(.aborted) }
    var isOver: Bool { isAborted || events.contains(.finished) }

    /// The inputs that were used last.
    var inputs: [String: String] {
        events.reversed().lazy.compactMap { if case .takenUp(let hand) = $0 { hand.inputs } else { nil } }.first ?? [:]
    }
}
