import Execution
import Rollout
import UnixSignals

/// A run that the first Ctrl-C, or SIGTERM, brings to a safe halt.
enum Interruptible {
    /// - Parameter note: tells the person that the signal has arrived.
    static func run(
        _ campaign: CampaignRun,
        note: @escaping @Sendable (String) -> Void
    ) async throws -> (Conclusion, interrupted: Bool) {
        try await withThrowingTaskGroup(of: Conclusion?.self) { group in
            let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm, .sighup)
            group.addTask { try await campaign.run() }
            group.addTask {
                for await _ in signals {
                    note("evenkeel: coming to a safe halt: what is being serviced ends first")
                    campaign.interrupt()
                    return nil
                }
                return nil
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
}
