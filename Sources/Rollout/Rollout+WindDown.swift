import ClusterModel
import Planning

/// Deadlines, and the way to a safe halt.
extension Rollout {
    /// Nodes of the wave that took longer than they may, as failures.
    func overdue(in wave: Wave) -> [Effect] {
        if let late = lateRecovery(of: wave) { return [late] }
        return wave.nodes.compactMap { node in
            guard let progress = nodes[node], let reason = lateness(of: node, progress) else { return nil }
            if progress.phase == .verifying, view?.node(node) == nil {
                return .record(.skipped(node: node, reason: reason))
            }
            return .record(.nodeFailed(node: node, phase: progress.phase, reason: reason))
        }
    }

    private func lateness(of node: String, _ progress: NodeProgress) -> String? {
        let waited = now.since(progress.since)
        switch progress.phase {
        case .admitted, .draining:
            return now > drainDeadline(progress) ? drainObstacle(on: node, progress) : nil
        case .verifying where waited > outline.deadlines.nodeReady:
            return verificationGap(of: node)
        default: return nil
        }
    }

    /// Jobs that are waited for have their own time on top.
    private func drainDeadline(_ progress: NodeProgress) -> Instant {
        (jobsEnd(for: progress) ?? progress.since) + outline.deadlines.drain
    }

    private func drainObstacle(on node: String, _ progress: NodeProgress) -> String {
        let left = view?.pods(on: node).filter(\.isEvictable) ?? []
        if let pod = left.first {
            return "not drained in \(outline.deadlines.drain): \(left.count) pods are still there, \(pod.id) among them"
        }
        if let view, let short = shortfall(in: view, nodesAreOut: true, of: progress.workloads) {
            let numbers = "\(short.healthy) of \(short.wanted) pods healthy"
            return "drained, but \(short.workload) has only \(numbers) after \(outline.deadlines.drain)"
        }
        return "not drained in \(outline.deadlines.drain)"
    }

    private func verificationGap(of node: String) -> String {
        guard let seen = view?.node(node) else { return "the node is no longer in the cluster" }
        if !seen.ready { return "not Ready \(outline.deadlines.nodeReady) after its service" }
        let version = seen.kubeletVersion?.description ?? "unknown"
        return "still reports kubelet \(version), not \(wantedVersion?.description ?? "another")"
    }

    private func lateRecovery(of wave: Wave) -> Effect? {
        guard wave.nodes.allSatisfy({ isThrough($0) }) else { return nil }
        let returned = wave.nodes.compactMap { nodes[$0] }.filter { $0.phase != .recovered }
        guard let last = returned.map(\.since).max() else { return nil }
        guard now.since(last) > outline.deadlines.recover, let view, let short = shortfall(in: view) else { return nil }
        let numbers = "\(short.healthy) of \(short.wanted) pods healthy"
        return .record(.halted(reason: "after wave \(wave.number) \(short.workload) has only \(numbers)"))
    }

    /// When to look again although nothing happened: the next retry or deadline.
    func wakeUp(for wave: Wave) -> Effect {
        var moments: [Instant] = []
        for progress in wave.nodes.compactMap({ nodes[$0] }) {
            moments += progress.retryAt.values
            switch progress.phase {
            case .admitted, .draining:
                moments.append(drainDeadline(progress))
                if let end = jobsEnd(for: progress) { moments.append(end) }
            case .verifying: moments.append(progress.since + outline.deadlines.nodeReady)
            case .returned, .skipped, .failed: moments.append(progress.since + outline.deadlines.recover)
            default: break
            }
        }
        let next = moments.filter { $0 > now }.min() ?? now + .seconds(60)
        return .wake(at: next + .milliseconds(1))
    }

    /// Nothing new starts: nodes whose service has begun end it, the others are given back, failed ones stay cordoned.
    mutating func windDown() -> [Effect] {
        if isAborting { return windBack() }
        guard let wave else { return [.record(.halted(reason: stopping ?? ""))] }
        let late = overdue(in: wave).filter { if case .record(.nodeFailed) = $0 { true } else { false } }
        let effects = wave.nodes.flatMap { windDown($0) } + late
        if !effects.isEmpty { return effects + [wakeUp(for: wave)] }
        let busy = wave.nodes.contains { isBusy($0) } || inFlight.contains { !$0.onlyLooks }
        return busy ? [wakeUp(for: wave)] : [.record(.halted(reason: stopping ?? ""))]
    }

    private func windDown(_ node: String) -> [Effect] {
        guard let progress = nodes[node], progress.isCordoned else { return [] }
        switch progress.phase {
        case .servicing where !progress.isUntouched: return isHurried ? [] : service(node, progress)
        case .admitted, .draining, .servicing: return isTouching(node) ? [] : [.uncordon(node: node)]
        case .verifying: return view.map { verify(node, $0) } ?? []
        case .returning: return brokenGate == nil ? [giveBack(node)] : []
        case .failed: return view.map { settleFailed(node, progress, $0) } ?? []
        case .waiting, .returned, .recovered, .skipped: return []
        }
    }

    /// Something is in flight that would clash with giving the node back.
    func isTouching(_ node: String) -> Bool {
        inFlight.contains { effect in
            switch effect {
            case .cordon(node), .evict(node, _, _), .delete(node, _, _, _), .perform(node, _, _), .undo(node, _): true
            default: false
            }
        }
    }

    private func isBusy(_ node: String) -> Bool {
        guard let progress = nodes[node], progress.isCordoned else { return false }
        if isHurried, progress.phase == .verifying { return false }
        if brokenGate != nil, progress.phase == .returning { return false }
        if isHurried, progress.phase == .servicing, !progress.isUntouched { return isTouching(node) }
        guard progress.phase == .failed else { return true }
        return isTouching(node) || view.map { !settleFailed(node, progress, $0).isEmpty } ?? progress.isUntouched
    }
}
