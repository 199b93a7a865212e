import ClusterModel
import Foundation
import Ports

/// The machine's own clock.
struct SystemTime: Timepiece {
    var now: Instant { Instant(milliseconds: Int64((Date().timeIntervalSince1970 * 1000).rounded())) }

    func sleep(until instant: Instant) async throws {
        let wait = instant.since(now)
        if wait > .zero { try await ContinuousClock().sleep(for: wait) }
    }
}
