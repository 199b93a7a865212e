import ClusterModel

/// Giving a campaign up: nodes that it owns go back to service where that is safe.
extension Rollout {
    mutating func beginAbort(by who: String, at instant: Instant) {
        isAborting = true
        conclusion = nil
        stopping = "aborted by \(who)"
        inFlight = []
        marksAreCertain = marks.isEmpty
        rememberBegunSteps()
        for name in nodes.keys { nodes[name]?.remark = nil }
    }

    /// A process that died in a step has left no word of it: whatever was being serviced may have begun the next one.
    mutating func rememberBegunSteps() {
        for (name, progress) in nodes where progress.isCordoned {
            let phase = progress.failure?.phase ?? progress.phase
            guard phase == .servicing, progress.stepsDone < outline.steps[name, default: []].count else { continue }
            nodes[name]?.stepBegan = true
        }
    }

    mutating func undo(_ step: Int, on node: String, _ report: StepReport) {
        guard report.outcome != .failed else { return }
        nodes[node]?.changed.removeAll { $0 == step }
        nodes[node]?.stepsDone = step
        nodes[node]?.stepBegan = false
        nodes[node]?.rebootedFrom = nil
    }

    /// What is left to do before the campaign is over for good.
    mutating func windBack() -> [Effect] {
        guard let view else { return [] }
        let owned = cordonedNodes.filter { nodes[$0]?.remark == nil }
        if owned.isEmpty, !inFlight.contains(where: { !$0.onlyLooks }) { return [.record(.aborted)] }
        return owned.flatMap { node in nodes[node].map { windBack(node, $0, view) } ?? [] }
    }

    private func windBack(_ node: String, _ progress: NodeProgress, _ view: Cluster) -> [Effect] {
        if isTouching(node) { return [] }
        if let obstacle = obstacleToReturn(of: node, progress, view) {
            return [.record(.left(node: node, reason: obstacle))]
        }
        if isServed(node, progress) || progress.isUntouched { return [.uncordon(node: node)] }
        return [.undo(node: node, step: openSteps(progress).last ?? 0)]
    }

    private func isServed(_ node: String, _ progress: NodeProgress) -> Bool {
        !progress.stepBegan && progress.stepsDone >= outline.steps[node, default: []].count
    }

    /// Steps that have or may have changed the node.
    func openSteps(_ progress: NodeProgress) -> [Int] {
        progress.stepBegan ? progress.changed + [progress.stepsDone] : progress.changed
    }

    /// Why the node cannot go back to service as it is; nil where it can, perhaps once its steps are taken back.
    func obstacleToReturn(of node: String, _ progress: NodeProgress, _ view: Cluster) -> String? {
        if !outline.returnsNodes, isServed(node, progress) { return "it has left service for good" }
        guard let seen = view.node(node) else { return nil }
        if isServed(node, progress) {
            if !seen.ready { return "its service is done, but it is not Ready" }
            guard let wantedVersion, seen.kubeletVersion?.satisfies(wantedVersion) != true else { return nil }
            return "its service is done, but it is not at \(wantedVersion)"
        }
        let steps = outline.steps[node, default: []]
        let stuck = openSteps(progress).filter { !outline.undoable[node, default: []].contains($0) }
        if let step = stuck.last, step < steps.count {
            let state = step == progress.stepsDone ? "may be half done" : "is done"
            return "step \(step + 1) of \(steps.count), \u{201C}\(steps[step])\u{201D}, \(state) and has no undo"
        }
        return seen.ready ? nil : "it is not Ready"
    }
}
