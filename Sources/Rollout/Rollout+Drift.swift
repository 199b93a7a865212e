import ClusterModel
import Planning

/// Nodes with which something happened that is not of this run's making.
extension Rollout {
    /// Nothing more is to be done with the node in this wave.
    func isThrough(_ node: String) -> Bool {
        switch nodes[node]?.phase {
        case .returned, .recovered, .skipped: true
        case .failed: stopping == nil && nodes[node].map { settlesLater(node, $0) } == false
        default: false
        }
    }

    private func settlesLater(_ node: String, _ progress: NodeProgress) -> Bool {
        isTouching(node) || (view.map { !settleFailed(node, progress, $0).isEmpty } ?? true)
    }

    /// Nodes of a wave that has not begun which are gone, or at their version already by somebody else's doing.
    func skips(in wave: Wave, _ view: Cluster) -> [Effect]? {
        let skips: [Effect] = wave.nodes.compactMap { node in
            guard let progress = nodes[node], progress.phase == .waiting, !progress.isCordoned else { return nil }
            guard let seen = view.node(node) else {
                return .record(.skipped(node: node, reason: "is no longer in the cluster"))
            }
            guard let wantedVersion, seen.kubeletVersion == wantedVersion, seen.ready, !seen.unschedulable else {
                return nil
            }
            return .record(.skipped(node: node, reason: "is at \(wantedVersion) already"))
        }
        if outline.haltsOnDrift, case .record(.skipped(let node, let reason)) = skips.first {
            return [.record(.drifted(reason: "\(node) \(reason), and the policy is to halt on drift"))]
        }
        if !skips.isEmpty { return skips }
        let isOver = wave.nodes.allSatisfy { nodes[$0]?.phase == .skipped }
        return isOver && inFlight.isEmpty ? [.record(.waveFinished(wave: wave.number))] : nil
    }

    /// A failed node goes back to service where nothing of its playbook has begun, or where all of it can be taken back
    /// and the policy says so; else it stays as it is, for somebody to look at.
    func settleFailed(_ node: String, _ progress: NodeProgress, _ view: Cluster) -> [Effect] {
        guard progress.isCordoned, progress.failure?.phase != .returning, progress.remark == nil else { return [] }
        if isTouching(node) { return [] }
        if progress.isUntouched { return [.uncordon(node: node)] }
        guard outline.undoesFailures, let step = openSteps(progress).last else { return [] }
        return obstacleToReturn(of: node, progress, view) == nil ? [.undo(node: node, step: step)] : []
    }
}
