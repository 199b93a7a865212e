import ClusterModel
import Planning
import Rollout

/// Letting nodes of waves to come start beside those that are out.
extension CampaignRun {
    /// No event where none may start now.
    func invite(_ candidates: [String]) -> [Event] {
        guard let cluster, let wave = rollout.wave else { return [] }
        func nodes(_ phases: Set<NodePhase>) -> [String] {
            rollout.nodes.filter { phases.contains($0.value.phase) }.map(\.key).sorted()
        }
        let out = rollout.nodes.filter { $0.value.isCordoned || $0.value.phase == .admitted }.map(\.key).sorted()
        let party = WaveParty(
            candidates: candidates.filter { rollout.nodes[$0]?.phase == .waiting },
            out: out,
            draining: nodes([.admitted, .draining]),
            version: wave.version,
            remaining: rollout.outline.waves[rollout.waveIndex...].flatMap(\.nodes).filter {
                rollout.nodes[$0]?.phase == .waiting
            },
            settled: Set(nodes([.returned, .recovered]))
        )
        guard let guest = judge.guest(of: party, in: cluster) else { return [] }
        return [.joined(node: guest, healthy: health(around: guest, in: cluster))]
    }

    /// Of the workloads that have pods on the node.
    private func health(around node: String, in cluster: Cluster) -> [WorkloadHealth] {
        let concerned = Set(cluster.pods(on: node).filter(\.isEvictable).compactMap(\.workload))
        let healthy = cluster.healthyPods()
        let waiting = podsWaitingForNode(on: [node], in: cluster)
        return concerned.filter(\.keepsReplicas).sorted().map {
            WorkloadHealth(workload: $0, healthy: healthy[$0, default: 0], waiting: waiting[$0])
        }
    }
}
