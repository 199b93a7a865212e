import ClusterModel
import Execution
import Planning
import Ports

/// The cluster as a drain by hand sees it: its cordon carries the person's name and outlives the drain, and a node found
/// cordoned is drained all the same and stays so.
struct DrainControl: ClusterControl {
    let base: any ClusterControl
    /// Whose cordon it is.
    let person: String
    /// The node was cordoned before.
    let wasCordoned: Bool

    func cordon(node: String, owner: String) async throws -> CordonOutcome {
        let outcome = try await base.cordon(node: node, owner: person)
        if case .foreign = outcome { return .alreadyOurs }
        return outcome
    }

    func uncordon(node: String, owner: String) async throws -> UncordonOutcome {
        wasCordoned ? .nothingToDo : try await base.uncordon(node: node, owner: person)
    }

    func snapshot() async throws -> Cluster { try await base.snapshot() }
    func observe() -> AsyncThrowingStream<ClusterObservation, any Error> { base.observe() }
    func evict(pod: PodID, uid: String) async throws -> EvictionOutcome { try await base.evict(pod: pod, uid: uid) }
    func delete(pod: PodID, uid: String) async throws -> EvictionOutcome { try await base.delete(pod: pod, uid: uid) }
    func mark(node: String, owner: String) async throws { try await base.mark(node: node, owner: owner) }
    func unmark(node: String) async throws { try await base.unmark(node: node) }

    func acquireLease(holder: String, duration: Duration) async throws -> LeaseOutcome {
        try await base.acquireLease(holder: holder, duration: duration)
    }

    func releaseLease(holder: String) async throws { try await base.releaseLease(holder: holder) }
}

/// Proves on the live cluster that the node's pods have a place, whoever has cordoned it.
struct DrainProof: WaveJudge {
    let node: String
    let proof: WaveProof

    func verdict(on wave: Wave, remaining: [String], settled: Set<String>, in cluster: Cluster) -> WaveVerdict {
        proof.verdict(on: wave, remaining: remaining, settled: settled, in: cluster.uncordoning(node))
    }
}

extension Cluster {
    /// The same picture with the node open to the scheduler: who drains it by name means it, cordoned or not.
    func uncordoning(_ name: String) -> Cluster {
        guard var node = node(name), node.unschedulable else { return self }
        node.unschedulable = false
        node.taints.removeAll { $0.key == "node.kubernetes.io/unschedulable" }
        var cluster = self
        cluster.apply(.node(node))
        return cluster
    }
}
