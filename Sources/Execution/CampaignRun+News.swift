import ClusterModel
import Planning
import Ports
import Rollout

/// What the run tells whoever watches it.
extension CampaignRun {
    /// Says why nothing new starts, unless it was said just before.
    func tellWaiting(_ wait: RunWait) {
        let now = time.now
        guard notice.isDue(wait, at: now) else { return }
        report(.waiting(wait, at: now))
        if rollout.holding != wait.words { tell(.outcome([.held(reason: wait.words)], of: nil)) }
    }

    /// Repeats what is waited for while nothing else would.
    func remindOfWaiting() async throws {
        while true {
            try await time.sleep(until: time.now + WaitNotice.interval)
            if let wait = notice.current { tellWaiting(wait) }
        }
    }

    func standing() -> RunStanding {
        let count = rollout.outline.waves.count
        let nodes = rollout.wave?.nodes ?? []
        let left = cluster?.evictablePods(on: Set(nodes))
        return RunStanding(
            at: time.now,
            startedAt: setup.run.startedAt,
            wave: min(rollout.waveIndex + 1, count),
            waves: count,
            done: rollout.nodes.values.count { [.returned, .recovered, .skipped].contains($0.phase) },
            total: rollout.nodes.count,
            nodes: nodes.compactMap { node in standing(of: node, podsLeft: left.map { $0[node] ?? 0 }) }
        )
    }

    private func standing(of node: String, podsLeft: Int?) -> NodeStanding? {
        guard let progress = rollout.nodes[node] else { return nil }
        let steps = rollout.outline.steps[node, default: []]
        let isServed = progress.phase == .servicing && progress.stepsDone < steps.count
        return NodeStanding(
            node: node,
            phase: progress.phase,
            step: isServed ? steps[progress.stepsDone] : nil,
            isCordoned: progress.isCordoned,
            podsLeft: podsLeft,
            since: progress.phase == .waiting ? nil : progress.since
        )
    }
}

extension Cluster {
    /// How many pods have to leave each of these nodes.
    fileprivate func evictablePods(on nodes: Set<String>) -> [String: Int] {
        var counts: [String: Int] = [:]
        for pod in pods where pod.isEvictable {
            if let node = pod.node, nodes.contains(node) { counts[node, default: 0] += 1 }
        }
        return counts
    }
}
