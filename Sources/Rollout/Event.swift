package import ClusterModel

/// Something that happened in a run. A run's state is the fold over its events, and they are all the journal keeps.
package enum Event: Hashable, Sendable, Codable {
    /// The wave's proof held on the live cluster; `healthy` is what each workload had at that moment.
    case waveAdmitted(wave: Int, healthy: [WorkloadHealth])
    /// Pods did not land where the plan had them, so what remains was planned anew, inside the same policy.
    case replanned(reason: String, waves: [PlannedWave])
    /// The run took the node from the scheduler.
    case cordoned(node: String)
    /// The API server agreed to let the pod go.
    case evictionAdmitted(node: String, pod: PodID, uid: String)
    /// The pod was deleted past its budgets, as a waiver of the plan lets the run do.
    case deletionAdmitted(node: String, pod: PodID, uid: String, waiver: String)
    /// The API server refused for now.
    case evictionRefused(node: String, pod: PodID, uid: String, reason: String, retryAt: Instant)
    /// The pod is no longer there.
    case podGone(node: String, pod: PodID, uid: String)
    /// Nothing that can be evicted is left on the node, and what left it runs elsewhere.
    case drained(node: String)
    /// A step is about to reboot the machine that has this boot id.
    case rebooting(node: String, step: Int, bootID: String)
    case stepFinished(node: String, step: Int, report: StepReport)
    /// The node is Ready, and at the version that was asked for.
    case verified(node: String)
    /// The run gave the node back to the scheduler.
    case uncordoned(node: String)
    /// The node has left service for good, and stays cordoned.
    case retired(node: String)
    /// All nodes of the wave are back, and its workloads as healthy as before it.
    case waveFinished(wave: Int)
    /// From here on these nodes may carry the steering mark.
    case steering(nodes: [String])
    /// Exactly these nodes carry the steering mark; `trouble` says where it could not be set.
    case steered(nodes: [String], trouble: String?)
    case nodeFailed(node: String, phase: NodePhase, reason: String)
    /// Somebody asked the run to stop.
    case interrupted
    /// Nothing is in flight any more and nothing new will start.
    case halted(reason: String)
    case resumed
    case finished
}

/// A wave as a journal keeps it.
package struct PlannedWave: Hashable, Sendable, Codable {
    package var rounds: Int
    package var nodes: [String]
    /// The version that the wave brings its nodes to, as `v1.36.2`, where it is not the campaign's own.
    package var version: String?
    /// Nil but for a canary.
    package var isCanary: Bool?

    package init(rounds: Int, nodes: [String], version: String? = nil, isCanary: Bool? = nil) {
        self.rounds = rounds
        self.nodes = nodes
        self.version = version
        self.isCanary = isCanary
    }
}

/// How many healthy pods a workload had.
package struct WorkloadHealth: Hashable, Sendable, Codable {
    package var workload: WorkloadID
    package var healthy: Int
    /// How many of them wait for their own node's return, by a waiver; nil where none does.
    package var waiting: Int?

    package init(workload: WorkloadID, healthy: Int, waiting: Int? = nil) {
        self.workload = workload
        self.healthy = healthy
        self.waiting = waiting
    }
}

/// What a playbook step did on a node.
package struct StepReport: Hashable, Sendable, Codable {
    package enum Outcome: String, Hashable, Sendable, Codable {
        case done
        /// The step's check said that there was nothing to do.
        case alreadyDone
        case failed
    }

    package var name: String
    package var outcome: Outcome
    package var attempts: Int
    /// The end of what it wrote, standard error included.
    package var output: String
    /// Why it failed, in one line.
    package var failure: String?

    package init(name: String, outcome: Outcome, attempts: Int = 1, output: String = "", failure: String? = nil) {
        self.name = name
        self.outcome = outcome
        self.attempts = attempts
        self.output = output
        self.failure = failure
    }
}

/// Where a node stands in its way out of service and back.
package enum NodePhase: String, Hashable, Sendable, Codable, CaseIterable {
    case waiting, admitted, draining, servicing, verifying, returning, returned, recovered, failed
}
