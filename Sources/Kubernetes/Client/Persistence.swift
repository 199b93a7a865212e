import ClusterModel
import Ports

/// Repeats what may be repeated: after a conflict at once, after a setback with growing pauses.
struct Persistence: Sendable {
    let time: any Timepiece
    /// A number from 0 to 1 that differs from caller to caller, so that they do not all come back at one moment.
    let jitter: @Sendable () -> Double
    /// No pause begins that ends later than this after the first try.
    var limit: Duration = .seconds(30)
    /// Whether a server that nobody answers for may only be restarting.
    var waitsForServer = true

    private static let conflictLimit = 8

    /// - Throws: the `ControlError` of the last try.
    func run<Value>(_ body: () async throws -> Value) async throws -> Value {
        let end = time.now + limit
        var pause = Duration.milliseconds(250)
        var conflicts = 0
        while true {
            do {
                return try await body()
            } catch let conflict as Conflict {
                conflicts += 1
                guard conflicts < Self.conflictLimit else { throw conflict.error }
            } catch let setback as Setback {
                guard setback.mayPass, waitsForServer || !setback.isAbsence else { throw setback.error }
                let wait = max(pause * (0.5 + jitter() / 2), setback.retryAfter ?? .zero)
                guard time.now + wait < end else { throw setback.error }
                try await time.sleep(until: time.now + wait)
                pause = min(pause * 2, .seconds(8))
            }
        }
    }
}
