import ClusterModel
import Planning

/// Watching a canary wave before the others follow.
extension Rollout {
    /// Nil once the canary has been watched long enough and the cluster is as well as before it.
    mutating func soak(until end: Instant, _ view: Cluster) -> [Effect]? {
        guard let trouble = canaryTrouble(in: view) else {
            waitingSince = nil
            return now < end ? [.wake(at: end)] : nil
        }
        let began = waitingSince ?? now
        waitingSince = began
        let limit = began + outline.deadlines.recover
        if now > limit { return [.record(.halted(reason: "the canary wave did not hold: \(trouble)"))] }
        return [.wake(at: limit + .milliseconds(1))]
    }

    private func canaryTrouble(in view: Cluster) -> String? {
        let canary = outline.waves[..<waveIndex].last?.nodes ?? []
        if outline.returnsNodes, let node = canary.first(where: { view.node($0)?.ready != true }) {
            return "\(node) is not Ready"
        }
        return shortfall(in: view).map { "\($0.workload) has only \($0.healthy) of \($0.wanted) pods healthy" }
    }
}
