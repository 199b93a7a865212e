import ClusterModel
import Ports
import Synchronization

/// What this client knows of the lease that its writes depend on.
///
/// A client that never took a lease writes freely. One that did writes only while the lease is known to be its own.
final class Fence: Sendable {
    /// How old a proof may be that a write relies on. With the time limit of a request it stays below a lease's life.
    static let freshness: Duration = .seconds(5)

    enum Standing: Hashable {
        /// Nothing is fenced, or the lease was ours a moment ago.
        case proven
        /// It may be somebody else's by now: the server must be asked.
        case doubtful(holder: String)
        /// It ran out unrenewed: it must be renewed before anything else.
        case expired(holder: String, duration: Duration)
        case lost(to: String)
    }

    private struct Hold {
        var holder: String
        var duration: Duration
        var renewed: Instant
        var proven: Instant
        /// Empty for nobody; nil while it is ours.
        var loser: String?
    }

    private let hold = Mutex<Hold?>(nil)

    /// - Parameter instant: when the write was sent that took or renewed it.
    func taken(by holder: String, for duration: Duration, at instant: Instant) {
        hold.withLock { $0 = Hold(holder: holder, duration: duration, renewed: instant, proven: instant) }
    }

    func released(by holder: String) {
        hold.withLock { if $0?.holder == holder { $0 = nil } }
    }

    /// A look at the lease, begun at `instant`, found it ours.
    func proved(at instant: Instant) {
        hold.withLock { hold in
            if let proven = hold?.proven { hold?.proven = max(proven, instant) }
        }
    }

    func lost(to holder: String) {
        hold.withLock { $0?.loser = holder }
    }

    /// A watch shows somebody's name on the lease; it may be older news than ours, so it only casts doubt.
    func saw(_ holder: String) {
        hold.withLock { hold in
            if let own = hold?.holder, own != holder { hold?.proven = .distantPast }
        }
    }

    /// Who took the lease from this holder; nil where nobody did.
    func loser(_ holder: String) -> String? {
        hold.withLock { $0?.holder == holder ? $0?.loser : nil }
    }

    /// Whether this holder has taken the lease by this client.
    func isHeld(by holder: String) -> Bool { hold.withLock { $0?.holder == holder } }

    func standing(at now: Instant) -> Standing {
        hold.withLock { hold in
            guard let hold else { return .proven }
            if let loser = hold.loser { return .lost(to: loser) }
            if hold.renewed + hold.duration <= now { return .expired(holder: hold.holder, duration: hold.duration) }
            return hold.proven + Self.freshness < now ? .doubtful(holder: hold.holder) : .proven
        }
    }
}

extension Instant {
    fileprivate static let distantPast = Instant(milliseconds: 0)
}

extension KubernetesClient {
    /// Proves, before a write, that the cluster is still this run's.
    ///
    /// - Throws: `ControlError` that says who has it.
    func requireLease() async throws {
        let now = time.now
        switch fence.standing(at: now) {
        case .proven: return
        case .lost(let holder): throw Self.fenced(by: holder)
        case .doubtful(let holder):
            let seen = try await lease()?.holder ?? ""
            if seen == holder { return fence.proved(at: now) }
            fence.lost(to: seen)
            throw Self.fenced(by: seen)
        case .expired(let holder, let duration):
            if case .heldBy(let other, _) = try await acquireLease(holder: holder, duration: duration) {
                throw Self.fenced(by: other)
            }
        }
    }

    private static func fenced(by holder: String) -> ControlError {
        let thief = holder.isEmpty ? "its lock was broken" : "the cluster was taken over by \(holder)"
        return .refused("\(thief): this run stopped at once and changed nothing more")
    }
}
