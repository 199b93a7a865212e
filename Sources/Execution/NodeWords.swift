import ClusterModel
import Planning
package import Rollout

/// What a node's state means, and what happens next with it, in one line.
package struct NodeWords {
    let rollout: Rollout
    /// Why the run stopped, stops or waits; nil where it goes on as planned.
    let reason: String?
    let isAtWork: Bool

    /// - Parameter isAtWork: a process is at work on the run.
    package init(_ rollout: Rollout, reason: String?, isAtWork: Bool) {
        self.rollout = rollout
        self.reason = reason
        self.isAtWork = isAtWork
    }

    package func text(of node: String) -> String {
        guard let progress = rollout.nodes[node] else { return "is not in the plan" }
        switch progress.phase {
        case .waiting: return waiting(node)
        case .admitted, .draining: return draining(progress)
        case .servicing: return servicing(node, progress)
        case .verifying: return wait("its service is done; it must be Ready, at its version")
        case .returning: return wait("verified; it is about to go back to service")
        case .returned: return "back in service; its wave ends once the workloads are as healthy as before"
        case .recovered: return "done"
        case .skipped: return "skipped: \(progress.remark ?? "")"
        case .failed: return failed(progress)
        }
    }

    private func waiting(_ node: String) -> String {
        let number = rollout.outline.waves.firstIndex { $0.nodes.contains(node) }.map { $0 + 1 } ?? 0
        if number == rollout.waveIndex + 1 {
            return reason ?? (isAtWork ? "its wave's proof is next" : "its wave has not begun")
        }
        return "waits for wave \(number)"
    }

    private func draining(_ progress: NodeProgress) -> String {
        if !progress.isCordoned { return "its wave has begun; the node is about to be cordoned" }
        let leaving = progress.leaving.values.sorted()
        guard let first = leaving.first else { return wait("cordoned; its pods leave as their budgets allow") }
        return wait("\(leaving.count) pods are leaving, \(first) among them")
    }

    private func servicing(_ node: String, _ progress: NodeProgress) -> String {
        let steps = rollout.outline.steps[node, default: []]
        guard progress.stepsDone < steps.count else { return wait("drained") }
        let name = "step \(progress.stepsDone + 1) of \(steps.count), \u{201C}\(steps[progress.stepsDone])\u{201D}"
        if let remark = progress.remark { return "stays cordoned: \(remark)" }
        if progress.rebootedFrom != nil { return wait("\(name): the machine reboots") }
        return isAtWork ? "drained; at \(name)" : "cordoned and drained; \(name) is next, and may have begun"
    }

    private func failed(_ progress: NodeProgress) -> String {
        let why = progress.failure.map { "failed while \($0.phase.rawValue): \($0.reason)" } ?? "failed"
        if let remark = progress.remark { return "\(why); stays cordoned: \(remark)" }
        return progress.isCordoned ? "\(why); stays cordoned for you to look at" : "\(why); not cordoned by this run"
    }

    private func wait(_ text: String) -> String { isAtWork ? text : "\(text); no process is at work on it" }
}
