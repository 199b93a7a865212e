package import ClusterModel

/// What a run needs of a cluster's API. Every call can be repeated without harm.
///
/// Calls throw `ControlError` for what the caller must react to.
package protocol ClusterControl: Sendable {
    /// Reads everything the planner needs, at one moment as near as the API allows.
    func snapshot() async throws -> Cluster

    /// Follows the cluster: first `.snapshot`, then changes as they come.
    ///
    /// Lost watches are taken up again; where history is missing, a new `.snapshot` replaces everything. Ends only by
    /// cancellation or by throwing.
    func observe() -> AsyncThrowingStream<ClusterObservation, any Error>

    /// Marks the node unschedulable and writes down that `owner` did it, in one conditional write.
    func cordon(node: String, owner: String) async throws -> CordonOutcome

    /// Makes the node schedulable again if `owner` had cordoned it, and takes the annotation away.
    func uncordon(node: String, owner: String) async throws -> UncordonOutcome

    /// Asks the Eviction API to let the pod with this UID go.
    func evict(pod: PodID, uid: String) async throws -> EvictionOutcome

    /// Deletes the pod with this UID, past every budget; for waivers only.
    ///
    /// Answers `admitted`, `gone`, `overloaded` or `namespaceTerminating`.
    func delete(pod: PodID, uid: String) async throws -> EvictionOutcome

    /// Puts the steering mark on the node, with an annotation that names `owner`; one that an earlier run of ours left
    /// there is taken over, and somebody else's is left as it is. A node that is gone is no failure.
    func mark(node: String, owner: String) async throws

    /// Takes the steering mark from the node, unless it is somebody else's.
    func unmark(node: String) async throws

    /// Takes the cluster's lease, or renews it, for `holder`.
    func acquireLease(holder: String, duration: Duration) async throws -> LeaseOutcome

    /// Gives the lease back if `holder` has it.
    func releaseLease(holder: String) async throws
}

/// What following a cluster brings.
package enum ClusterObservation: Sendable {
    case snapshot(Cluster)
    case change(ClusterChange)
    /// From here on changes may have been missed, until the next `.snapshot`.
    case interrupted(reason: String)
}

package enum CordonOutcome: Hashable, Sendable, Codable {
    case cordoned
    /// This owner had done it before.
    case alreadyOurs
    /// Somebody else's; nothing was written. `owner` is the run that did it, where our annotation says so.
    case foreign(owner: String?)
}

package enum UncordonOutcome: Hashable, Sendable, Codable {
    case uncordoned
    /// The node was schedulable already, or is gone.
    case nothingToDo
    /// Not this owner's cordon; nothing was written.
    case foreign(owner: String?)
}

package enum EvictionOutcome: Hashable, Sendable, Codable {
    /// 201: it will go, but still runs.
    case admitted
    /// 404, or another pod has its name by now.
    case gone
    /// 429 with a DisruptionBudget cause: the budget is spent for now.
    case budgetSpent(message: String)
    /// 429 while the controller has not counted the budget.
    case budgetNotCounted(retryAfter: Duration)
    /// 429 of an overloaded server; says nothing of the pod.
    case overloaded(retryAfter: Duration)
    /// 500 for a pod under two budgets: never goes away by itself.
    case impossible(message: String)
    /// The pod's namespace is on its way out; the pod goes with it.
    case namespaceTerminating
}

package enum LeaseOutcome: Hashable, Sendable {
    case held
    /// Another holder has it, and renewed it last at this moment.
    case heldBy(String, renewed: Instant?)
}

/// Why the cluster's API did not do what was asked of it.
package enum ControlError: Error, Hashable, Sendable {
    /// The server cannot be reached, or did not answer in time: what was asked may or may not have happened.
    case unreachable(String)
    /// 401, 403, bad certificates, a missing kubeconfig: asking again brings nothing.
    case refused(String)
    /// An answer that makes no sense here.
    case unexpected(String)
}

extension ControlError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .unreachable(let text), .refused(let text), .unexpected(let text): text
        }
    }
}
