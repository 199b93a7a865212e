import ClusterModel
import Crypto
import Foundation
import Planning
import Ports
import Rollout

/// A plan as it lies in its file.
struct PlanSource {
    var plan: Plan
    var text: String

    static func read(_ path: String) throws -> PlanSource {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw CommandFailure("\(path): there is no such plan: write one with `evenkeel plan … --output json`")
        }
        if data.isEmpty { throw CommandFailure("\(path): is empty: write the plan anew") }
        do {
            let plan = try JSONDecoder().decode(PlanFile.self, from: data).plan()
            return PlanSource(plan: plan, text: String(decoding: data, as: UTF8.self))
        } catch let error as PlanFileError {
            throw CommandFailure("\(path): \(error)")
        } catch {
            throw CommandFailure(
                "\(path): is no plan, or not a whole one: write it with `evenkeel plan … --output json`"
            )
        }
    }
}

/// Whose run this is: a new one, or the one that this plan began before.
enum RunIdentity {
    /// - Returns: `isOver` where this very plan has been carried out, so that nothing is left to do.
    static func record(
        for source: PlanSource,
        cluster: String,
        in journal: some RunJournal,
        at now: Instant
    ) async throws -> (run: RunRecord, isOver: Bool) {
        if let last = try await journal.runs().first {
            let isOver = try await journal.events(of: last.id).contains { $0.event == .finished }
            if last.plan == source.text {
                Console.note(
                    isOver
                        ? "evenkeel: \(last.id) has carried this plan out: plan again for another round"
                        : "evenkeel: goes on with \(last.id), which began at \(last.startedAt)"
                )
                return (last, isOver)
            }
            if !isOver {
                Console.note("evenkeel: \(last.id) of another plan did not end; this plan begins a run of its own")
            }
        }
        let user = ProcessInfo.processInfo.environment["USER"] ?? NSUserName()
        let digest = SHA256.hash(data: Data("\(now)\(source.text)\(ProcessInfo.processInfo.processIdentifier)".utf8))
        let tail = digest.prefix(3).map { String($0, radix: 16) }.joined()
        let day = "\(now)".prefix(19).filter { $0.isNumber }
        let run = RunRecord(
            id: "run-\(day)-\(tail)",
            startedAt: now,
            startedBy: "\(user)@\(ProcessInfo.processInfo.hostName)",
            cluster: cluster,
            plan: source.text
        )
        return (run, isOver: false)
    }

    /// Gives back the lease of a run that came to its end, or to its halt, and died before it could do so itself.
    ///
    /// Only under the record's lock: nobody else can be at work on that run then.
    static func releaseLeftover(in journal: some RunJournal, of control: some ClusterControl) async throws {
        guard let last = try await journal.runs().first else { return }
        switch try await journal.events(of: last.id).last?.event {
        case .finished, .halted: try await control.releaseLease(holder: last.id)
        default: break
        }
    }
}
