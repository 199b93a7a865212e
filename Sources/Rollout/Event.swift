package import ClusterModel

/// Something that happened in a run. A run's state is the fold over its events, and they are all the journal keeps.
package enum Event: Hashable, Sendable, Codable {
    /// The wave's proof held on the live cluster; `healthy` is what each workload had at that moment.
    case waveAdmitted(wave: Int, healthy: [WorkloadHealth])
    /// Pods did not land where the plan had them, so what remains was planned anew, inside the same policy.
    case replanned(reason: String, waves: [PlannedWave])
    /// The node of a wave to come starts with the present one, as its own proof held beside the nodes that are out;
    /// `healthy` is what the workloads of its pods had at that moment.
    case joined(node: String, healthy: [WorkloadHealth])
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
    /// A process took the run up.
    case takenUp(by: RunHand)
    /// Nothing new starts for now.
    case held(reason: String)
    /// Somebody asked a stopping run to come to its halt without finishing the playbook on nodes that are at work.
    case hurried
    /// Somebody gave the campaign up: what is owned goes back to service where that is safe.
    case aborting(by: String)
    /// What the step had done on the node is taken back.
    case undone(node: String, step: Int, report: StepReport)
    /// An abort leaves the node cordoned, as giving it back would not be safe.
    case left(node: String, reason: String)
    /// The campaign is over for good; nodes that were left are named before.
    case aborted
    /// The gate is open, at this place of the campaign.
    case gateOpened(gate: String, place: GatePlace)
    /// The gate did not open in time, or somebody said no: nothing new starts.
    case gateClosed(gate: String, place: GatePlace, reason: String)
    /// The cluster is no longer as it was planned for, and the policy is to halt then.
    case drifted(reason: String)
    /// The campaign goes on without the node.
    case skipped(node: String, reason: String)
}

/// Where in a campaign a gate stands.
package enum GatePlace: Hashable, Sendable, Codable {
    case campaign
    case wave(Int)
    /// Before the node goes back to service.
    case node(String)
    case end
}

/// Who took a run up, from where, and with what.
package struct RunHand: Hashable, Sendable, Codable {
    /// USER@HOST.
    package var who: String
    package var process: Int
    /// The program's release.
    package var release: String
    /// SHA-256 of the plan file, in hexadecimal.
    package var plan: String
    /// The playbook's steps for each group of nodes that has the same ones.
    package var steps: [StepList]
    /// The playbook's inputs, without the secret ones.
    package var inputs: [String: String]

    package init(
        who: String,
        process: Int,
        release: String,
        plan: String,
        steps: [StepList],
        inputs: [String: String] = [:]
    ) {
        self.who = who
        self.process = process
        self.release = release
        self.plan = plan
        self.steps = steps
        self.inputs = inputs
    }
}

/// The names of the playbook's steps on these nodes.
package struct StepList: Hashable, Sendable, Codable {
    package var nodes: [String]
    package var steps: [String]

    package init(nodes: [String], steps: [String]) {
        self.nodes = nodes
        self.steps = steps
    }

    /// One list for all nodes that have the same steps, in a fixed order.
    package static func lists(of steps: [String: [String]]) -> [StepList] {
        let groups = Dictionary(grouping: steps.keys.sorted()) { steps[$0, default: []] }
        return groups.map { StepList(nodes: $0.value, steps: $0.key) }
            .sorted { ($0.nodes.first ?? "") < ($1.nodes.first ?? "") }
    }
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
    /// The campaign goes on without it: gone, or served already by somebody else.
    case skipped
}
