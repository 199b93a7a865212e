import ClusterModel
import Planning

/// Waiting for the maintenance window.
extension Rollout {
    /// Nil where the wave may start now; else what to do until it may.
    mutating func awaitWindow(for wave: Wave) -> [Effect]? {
        guard !outline.windows.isAlwaysOpen else { return nil }
        let duration = outline.expected.service + outline.expected.round * max(1, wave.rounds)
        guard let start = outline.windows.start(for: duration, from: now) else {
            let reason = "wave \(wave.number) is expected to take \(duration), longer than every maintenance window"
            return [.record(.halted(reason: reason))]
        }
        if start <= now { return nil }
        waitingSince = nil
        let reason = "wave \(wave.number) waits for the maintenance window that opens at \(start)"
        return (holding == reason ? [] : [.record(.held(reason: reason))]) + [.wake(at: start)]
    }
}
