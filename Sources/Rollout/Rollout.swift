package import ClusterModel
package import Planning

/// A campaign as a value machine: told what happened and what the cluster looks like, it answers with what to do next.
///
/// It does nothing itself and has no clock. Its state is the fold of `apply` over the journal's events; what it sees of
/// the cluster is never state, so a run that died goes on from its journal and the next look.
package struct Rollout: Sendable {
    package internal(set) var outline: RolloutOutline
    package internal(set) var nodes: [String: NodeProgress]
    /// The wave that is admitted and not finished, or the next one; the number of waves when all are done.
    package internal(set) var waveIndex = 0
    /// Healthy pods of each workload when the present wave was admitted.
    package internal(set) var baseline: [WorkloadID: Int] = [:]
    /// Pods of each workload that wait for their own node's return.
    package internal(set) var waitingForNode: [WorkloadID: Int] = [:]
    /// Until when the canary wave before the present one is watched.
    package internal(set) var soakEnd: Instant?
    package internal(set) var isAdmitted = false
    /// Nodes that carry the steering mark, or may do so while `marksAreCertain` is false.
    package internal(set) var marks: Set<String> = []
    var marksAreCertain = true
    /// Why nothing new starts any more.
    package internal(set) var stopping: String?
    /// Nodes at work come to a stop after their present step.
    package internal(set) var isHurried = false
    /// The campaign is being given up.
    package internal(set) var isAborting = false
    package internal(set) var openGates: Set<OpenGate> = []
    /// The gate that stopped the run, and why.
    package internal(set) var brokenGate: String?
    /// Why the present wave does not start yet, as said last.
    package internal(set) var holding: String?
    package internal(set) var conclusion: Conclusion?

    /// The latest look at the cluster; nil before the first and while changes may have been missed.
    var view: Cluster?
    /// Since when the present wave waits for its proof or for its workloads.
    var waitingSince: Instant?
    /// A proof that failed is not asked for again before this.
    var proofDue = Instant(milliseconds: 0)
    /// The next invitation is not worth its proof before this, and how long the pause after it is.
    var invitationDue = Instant(milliseconds: 0)
    var invitationPause = Rollout.shortestPause
    var inFlight: Set<Effect> = []
    var now = Instant(milliseconds: 0)

    package init(_ outline: RolloutOutline) {
        self.outline = outline
        nodes = Dictionary(
            outline.waves.flatMap(\.nodes).map { ($0, NodeProgress()) },
            uniquingKeysWith: { first, _ in first }
        )
    }

    package enum Input: Sendable {
        /// An event that the journal holds by now.
        case recorded(Event)
        /// The wave's proof does not hold at the moment.
        case unproven(wave: Int)
        /// None of the nodes may start beside those that are out at the moment.
        case uninvited
        case observed(Cluster)
        /// Changes of the cluster may have been missed.
        case blind
        case tick
    }

    /// Takes in what happened and says what to do next.
    package mutating func handle(_ input: Input, at instant: Instant) -> [Effect] {
        now = max(now, instant)
        switch input {
        case .recorded(let event): apply(event, at: instant)
        case .unproven(let wave):
            inFlight.remove(.prove(wave: wave))
            proofDue = now + .seconds(2)
        case .uninvited: postponeInvitations()
        case .observed(let cluster): view = cluster
        case .blind: view = nil
        case .tick: break
        }
        return decide()
    }

    /// The present wave; nil when all are done.
    package var wave: Wave? { waveIndex < outline.waves.count ? outline.waves[waveIndex] : nil }

    /// The present wave as it is still to be proven: without the nodes that an interrupted run has begun or served.
    package var waveToProve: Wave? {
        guard var wave else { return nil }
        wave.nodes = wave.nodes.filter { nodes[$0]?.phase == .waiting }
        return wave
    }

    /// When the run halts if the present wave cannot be proven before; nil where none waits for its proof.
    package var proofDeadline: Instant? { isAdmitted ? nil : waitingSince.map { $0 + outline.deadlines.recover } }

    /// Nodes of the run that it has taken from the scheduler and not given back.
    package var cordonedNodes: [String] { nodes.filter(\.value.isCordoned).map(\.key).sorted() }
}
