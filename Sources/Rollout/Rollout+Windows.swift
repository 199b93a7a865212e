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

    /// The next moment at which something that takes so long may start; nil where no window is long enough.
    func opening(for duration: Duration) -> Instant? {
        outline.windows.isAlwaysOpen ? now : outline.windows.start(for: duration, from: now)
    }

    /// The window has closed on nodes that are out, and the policy is to pause then.
    var isShutByWindow: Bool {
        outline.onWindowClose == .pause && !outline.windows.isAlwaysOpen && outline.windows.closing(after: now) == nil
    }

    /// Nodes on which nothing has been done yet go back to service, those that are done as well; the others stay behind
    /// their present step until the next window.
    func pause(_ wave: Wave, _ view: Cluster) -> [Effect] {
        let effects = wave.nodes.flatMap { pause($0, view) }
        guard isAdmitted, !wave.nodes.allSatisfy({ isThrough($0) }), let opening = opening(for: .seconds(1)) else {
            return effects
        }
        let reason = "the maintenance window has closed: what is left of wave \(wave.number) waits until \(opening)"
        return effects + (holding == reason ? [] : [.record(.held(reason: reason))]) + [.wake(at: opening)]
    }

    private func pause(_ node: String, _ view: Cluster) -> [Effect] {
        guard let progress = nodes[node] else { return [] }
        switch progress.phase {
        case .servicing where !progress.isUntouched: return []
        case .admitted, .draining, .servicing: return isTouching(node) ? [] : [.uncordon(node: node)]
        case .verifying: return verify(node, view)
        case .returning: return awaitGates(beforeReturnOf: node) ?? [giveBack(node)]
        case .failed: return settleFailed(node, progress, view)
        case .waiting, .returned, .recovered, .skipped: return []
        }
    }
}
