package import ClusterModel

/// A claim of a plan that does not hold, as `PlanVerifier` found it.
package enum BrokenClaim: Hashable, Sendable {
    /// A node of the wave cannot be serviced there.
    case node(String, NodeFault, wave: Int)
    /// The wave's size, place or number is wrong.
    case wave(WaveFault, wave: Int)
    /// The control plane is handled wrongly.
    case controlPlane(ControlPlaneFault, wave: Int)
    /// The version skew policy forbids what the wave does to a node.
    case skew(String, SkewFault, wave: Int)
    /// A pod is not moved as it must be.
    case move(PodID, MoveFault, wave: Int)
    /// A pod cannot run where its witness says.
    case target(PodID, to: String, TargetFault, wave: Int)
    /// A node lacks room for all that the wave sends there.
    case room(String, Resources.Shortage, wave: Int)
    /// The wave evicts more than a budget (or the policy's default for a workload) lets go.
    case budget(String, evictions: Int, allowed: Int, rounds: Int, isDefault: Bool, wave: Int)
    /// The neediest node needs another number of rounds than the wave claims.
    case rounds(claimed: Int, needed: Int, wave: Int)

    package enum NodeFault: Hashable, Sendable {
        case unknown
        case notChosen
        case repeated
        case notReady
        /// Somebody else has cordoned it; the run that did, where one says so.
        case foreignCordon(by: String?)
        /// The node that is to take a replaced one's place is not there, or is the replaced one itself.
        case noReplacement
        case replacementNotReady
        case replacementCordoned
        /// Its last wave does not bring it to the wanted version.
        case leftBehind(at: Version, wanted: Version)
    }

    package enum WaveFault: Hashable, Sendable {
        case empty
        /// Waves are counted upwards.
        case number(after: Int)
        case tooManyNodes(Int, limit: Int)
        /// The zones of its nodes; "" stands for a node without a zone.
        case severalZones([String])
        case tooManyInZone(String, Int, limit: Int)
        case tooManyInPool(LabelSelector, Int, limit: Int)
        case noCanary
        case needlessCanary
        case canaryTooBig(Int, limit: Int)
        case noVersion(wanted: Version)
        /// Names a version though nothing is upgraded.
        case needlessVersion(Version)
        /// Neither the wanted version nor a minor below it.
        case notOnTheWay(Version, wanted: Version)
    }

    package enum ControlPlaneFault: Hashable, Sendable {
        case several([String])
        case withWorkers(String)
        case afterWorkers(String)
        case quorum(ready: Int, needed: Int, members: Int)
        case leaderFirst(String, before: String)
    }

    package enum SkewFault: Hashable, Sendable {
        case unknownVersion
        /// Neither a control-plane node nor the API server states a version.
        case unknownServerVersion
        case downgrade(from: Version, to: Version)
        case tooFar(from: Version, to: Version)
        case newerThanServer(target: Version, server: Version)
        case tooOld(kubelet: Version, server: Version, limit: Int)
    }

    package enum MoveFault: Hashable, Sendable {
        case unknownPod
        case missing(node: String)
        case repeated
        /// The pod is nothing that the wave evicts: it stands elsewhere, or the drain leaves it alone.
        case needless
        case wrongOrigin(claimed: String, actual: String)
        case bare(node: String)
        case twoBudgets([BudgetID])
        /// A bare pod that a waiver lets go does not come up elsewhere: its move ends where it began.
        case notMadeAgain(to: String)
    }

    package enum TargetFault: Hashable, Sendable {
        case unknown
        case inWave
        case notReady
        case unschedulable
        case taint(Taint)
        case nodeSelector
        case nodeAffinity
        /// The node has left for good.
        case replaced
        /// The pod's own anti-affinity, to a pod in the domain.
        case antiAffinity(to: PodID, in: Domain)
        /// The anti-affinity of a pod in the domain.
        case foreignAntiAffinity(of: PodID, in: Domain)
        case affinityKey(String)
        /// Nobody whom the pod must run beside stands in the domain before it.
        case affinity(in: Domain)
        case spreadKey(String)
        case spread(in: Domain, pods: Int, least: Int, maxSkew: Int)
        case unknownVolume(ClaimID)
        case unboundVolume(ClaimID)
        case unreachableVolume(ClaimID)
        case attachedVolume(ClaimID, by: PodID, node: String)
        case takenVolume(ClaimID, by: PodID)
        case hostPort(HostPort, with: PodID)
    }

    /// Nodes with one value of a label.
    package struct Domain: Hashable, Sendable {
        package var key: String
        package var value: String
    }

    /// The number of the wave that makes the claim.
    package var waveNumber: Int {
        switch self {
        case .node(_, _, let wave), .wave(_, let wave), .controlPlane(_, let wave), .skew(_, _, let wave),
            .move(_, _, let wave), .target(_, _, _, let wave), .room(_, _, let wave), .rounds(_, _, let wave),
            .budget(_, _, _, _, _, let wave):
            wave
        }
    }
}
