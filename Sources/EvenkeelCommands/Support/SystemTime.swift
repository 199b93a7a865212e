import ClusterModel
import Foundation
import Ports

/// The machine's own clock, read once and then counted on: it goes on through a suspended laptop, and a wall clock that
/// somebody sets meanwhile moves no deadline.
struct SystemTime: Timepiece {
    private static let anchor = (wall: Date().timeIntervalSince1970, steady: ContinuousClock.now)

    var now: Instant {
        let wall = Instant(milliseconds: Int64((Self.anchor.wall * 1000).rounded()))
        return wall + Self.anchor.steady.duration(to: ContinuousClock.now)
    }

    func sleep(until instant: Instant) async throws {
        let wait = instant.since(now)
        if wait > .zero { try await ContinuousClock().sleep(for: wait) }
    }
}
