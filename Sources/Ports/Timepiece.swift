package import ClusterModel

/// Tells the time of day and waits.
package protocol Timepiece: Sendable {
    var now: Instant { get }
    func sleep(until instant: Instant) async throws
}
