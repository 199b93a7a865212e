package import ClusterModel

/// Something that the run wants done. Each can be repeated without harm.
package enum Effect: Hashable, Sendable, Codable {
    /// Check the wave's proof on the live cluster.
    case prove(wave: Int)
    /// See whether one of these nodes, of a wave to come, may start beside those that are out.
    case invite(nodes: [String], wave: Int)
    /// Look whether the gate is open.
    case knock(gate: String, place: GatePlace)
    case cordon(node: String)
    case evict(node: String, pod: PodID, uid: String)
    /// Delete the pod past its budgets; the waiver is what lets the run do so.
    case delete(node: String, pod: PodID, uid: String, waiver: String)
    /// Run the step; `rebootedFrom` is the boot id from before a reboot that this step had begun.
    case perform(node: String, step: Int, rebootedFrom: String?)
    /// Take back what the step did on the node.
    case undo(node: String, step: Int)
    case uncordon(node: String)
    /// Bring it about that exactly `nodes` carry the steering mark: set it on `mark`, take it from `unmark`.
    case steer(nodes: [String], mark: [String], unmark: [String])
    /// Write the event down and hand it back.
    case record(Event)
    /// Come back at this moment, if nothing else happened before.
    case wake(at: Instant)
    /// The run is over.
    case conclude(Conclusion)
}

package enum Conclusion: Hashable, Sendable, Codable {
    case finished
    case halted(reason: String)
    /// Given up for good.
    case aborted
}
