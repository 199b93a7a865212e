import Execution
import Foundation
import Rollout
import UnixSignals

/// A run that the first Ctrl-C, SIGTERM or the loss of its terminal brings to a safe halt, and a second Ctrl-C to an
/// earlier one.
enum Interruptible {
    /// - Parameter note: tells the person that the signal has arrived.
    static func run(
        _ campaign: CampaignRun,
        note: @escaping @Sendable (String) -> Void
    ) async throws -> (Conclusion, interrupted: Bool) {
        // Writing to a terminal or a pipe that is gone must not end the run.
        signal(SIGPIPE, SIG_IGN)
        // A file that may not grow is an error of the journal, with its own message.
        signal(SIGXFSZ, SIG_IGN)
        return try await withThrowingTaskGroup(of: Conclusion?.self) { group in
            let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm, .sighup)
            let (marks, mark) = AsyncStream<Void>.makeStream()
            group.addTask { try await campaign.run() }
            group.addTask {
                await listen(to: signals, campaign, note) { mark.yield() }
                return nil
            }
            group.addTask {
                for await _ in marks { return nil }
                throw CancellationError()
            }
            defer { group.cancelAll() }
            var interrupted = false
            while let result = try await group.next() {
                if let conclusion = result { return (conclusion, interrupted) }
                interrupted = true
            }
            throw CancellationError()
        }
    }

    private static func listen(
        to signals: UnixSignalsSequence,
        _ campaign: CampaignRun,
        _ note: @escaping @Sendable (String) -> Void,
        marking: @Sendable () -> Void
    ) async {
        var stage = 0
        for await signal in signals {
            if stage == 0 {
                note("evenkeel: coming to a safe halt: what is being serviced ends first; Ctrl-C again stops sooner")
                campaign.interrupt()
                marking()
                stage = 1
            } else if signal == .sigint, stage == 1 {
                note("evenkeel: each node stops after its present step; `evenkeel resume` goes on from there")
                campaign.hurry()
                stage = 2
            }
        }
    }
}
