import ClusterModel
import Execution
import Planning
import Rollout

/// Proves a wave anew on the cluster as it is: a fresh witness from the planner, judged by the verifier.
///
/// The order alone cannot promise where the scheduler puts pods, so a wave may no longer be possible as it was planned;
/// then all that remains is planned again.
struct WaveProof: WaveJudge {
    var policy: Policy
    var campaign: Campaign
    var run: String

    func verdict(on wave: Wave, remaining: [String], settled: Set<String>, in cluster: Cluster) -> WaveVerdict {
        if let fresh = plan(for: wave.nodes, to: wave.version, in: cluster).onlyWave,
            Set(fresh.nodes) == Set(wave.nodes),
            claims(on: fresh, at: wave.number, settled, in: cluster).isEmpty
        {
            return .holds
        }
        let rest = plan(for: remaining, to: nil, in: cluster)
        let reason = rest.obstacles.first?.message ?? "its pods stand elsewhere than planned"
        guard let first = rest.waves.first, Set(rest.nodes) == Set(remaining) else { return .refuted(reason: reason) }
        // The witness is what has changed, not the wave.
        let broken = claims(on: first, at: wave.number, settled, in: cluster)
        if let claim = broken.first { return .refuted(reason: "\(claim)") }
        if Set(first.nodes) == Set(wave.nodes) { return .holds }
        let waves = rest.waves.map {
            PlannedWave(rounds: $0.rounds, nodes: $0.nodes, version: $0.version.map { "\($0)" })
        }
        return .replaced(reason: "wave \(wave.number) no longer fits where its pods stand now", by: waves)
    }

    /// - Parameter version: of the wave, where the way to the campaign's own has several hops.
    private func plan(for nodes: [String], to version: Version?, in cluster: Cluster) -> Plan {
        var narrowed = campaign
        narrowed.nodeNames = nodes
        if let version { narrowed.purpose = .upgrade(to: version) }
        return Planner(cluster: cluster, policy: policy, campaign: narrowed, createdAt: Instant(milliseconds: 0)).plan()
    }

    private func claims(on wave: Wave, at number: Int, _ settled: Set<String>, in cluster: Cluster) -> [BrokenClaim] {
        PlanVerifier(cluster: cluster, policy: policy, campaign: campaign, run: run)
            .refutation(of: wave.nodes, rounds: wave.rounds, placements: wave.moves, settled: settled, wave: number)
    }
}

extension Plan {
    fileprivate var onlyWave: Wave? { waves.count == 1 ? waves.first : nil }
}
