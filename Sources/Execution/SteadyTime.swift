import ClusterModel
import Ports

/// Time that does not go back behind what is written down already, though the machine's clock may have been set back.
struct SteadyTime: Timepiece {
    private let base: any Timepiece
    private let ahead: Duration

    init(_ base: any Timepiece, notBefore last: Instant?) {
        self.base = base
        ahead = max(.zero, last.map { $0.since(base.now) } ?? .zero)
    }

    var now: Instant { base.now + ahead }

    func sleep(until instant: Instant) async throws {
        try await base.sleep(until: Instant(milliseconds: instant.milliseconds - ahead.milliseconds))
    }
}
