package import ClusterModel

/// How far a run has come with one node.
package struct NodeProgress: Hashable, Sendable {
    package var phase: NodePhase = .waiting
    /// The run took the node from the scheduler and has not given it back.
    package var isCordoned = false
    /// Playbook steps that are done.
    package var stepsDone = 0
    /// The boot id from before a reboot that the present step has begun.
    package var rebootedFrom: String?
    /// When the present phase began.
    package var since = Instant(milliseconds: 0)
    /// Pods the API server has agreed to let go and that are still there, by UID.
    package var leaving: [String: PodID] = [:]
    /// Not before this may a refused pod be asked for again, by UID.
    package var retryAt: [String: Instant] = [:]
    /// Why the node failed, and where.
    package var failure: Failure?
    /// Steps that changed something on the node, in their order.
    package var changed: [Int] = []
    /// Workloads that had pods here when the node started by itself; nil where it started with its wave.
    package var workloads: Set<WorkloadID>?
    /// Why an abort leaves the node cordoned, or why the campaign goes on without it.
    package var remark: String?

    package struct Failure: Hashable, Sendable {
        package var phase: NodePhase
        package var reason: String
    }

    /// Nothing of the playbook has begun here, so the node may be given back as it is.
    package var isUntouched: Bool { changed.isEmpty && rebootedFrom == nil && !stepBegan }

    /// A step was given out, whose outcome may be unknown.
    package var stepBegan = false

    mutating func enter(_ phase: NodePhase, at instant: Instant) {
        self.phase = phase
        since = instant
        if phase == .waiting { workloads = nil }
    }
}
