import ClusterModel
import Execution
import Planning
import Ports
import Rollout

/// Proves a wave anew on the cluster as it is: a fresh witness from the planner, judged by the verifier.
///
/// The order alone cannot promise where the scheduler puts pods, so a wave may no longer be possible as it was planned;
/// then all that remains is planned again.
struct WaveProof: WaveJudge {
    var policy: Policy
    var campaign: Campaign
    var run: String
    /// Says when waivers must hold.
    var time: any Timepiece

    func verdict(on wave: Wave, remaining: [String], settled: Set<String>, in cluster: Cluster) -> WaveVerdict {
        let now = time.now
        let coming = Set(remaining).subtracting(wave.nodes)
        func claims(on fresh: Wave) -> [BrokenClaim] {
            PlanVerifier(cluster: cluster, policy: policy(), campaign: campaign, run: run).refutation(
                of: fresh.nodes,
                rounds: fresh.rounds,
                placements: fresh.moves,
                settled: settled,
                wave: wave.number,
                version: wave.version,
                remaining: coming,
                at: now
            )
        }
        if let fresh = plan(for: wave.nodes, to: wave.version, policy(), in: cluster, at: now).onlyWave,
            Set(fresh.nodes) == Set(wave.nodes), claims(on: fresh).isEmpty
        {
            return .holds
        }
        let rest = plan(for: remaining, to: nil, policy(withCanary: wave.isCanary), in: cluster, at: now)
        let reason = rest.obstacles.first?.message ?? "its pods stand elsewhere than planned"
        guard let first = rest.waves.first, Set(rest.nodes) == Set(remaining) else { return .refuted(reason: reason) }
        // The witness is what has changed, not the wave.
        if let claim = claims(on: first).first { return .refuted(reason: "\(claim)") }
        if Set(first.nodes) == Set(wave.nodes) { return .holds }
        let waves = rest.waves.map {
            PlannedWave(
                rounds: $0.rounds,
                nodes: $0.nodes,
                version: $0.version.map { "\($0)" },
                isCanary: $0.isCanary ? true : nil
            )
        }
        return .replaced(reason: "wave \(wave.number) no longer fits where its pods stand now", by: waves)
    }

    /// The same proof, of the node together with all that pods still have to leave; and the limits of all that are out.
    func guest(of party: WaveParty, in cluster: Cluster) -> String? {
        let now = time.now
        let verifier = PlanVerifier(cluster: cluster, policy: policy(), campaign: campaign, run: run)
        return party.candidates.first { node in
            let limits = verifier.refutationOfLimits(of: party.out + [node], version: party.version)
            guard limits.isEmpty else { return false }
            let nodes = party.draining + [node]
            guard let fresh = plan(for: nodes, to: party.version, policy(), in: cluster, at: now).onlyWave,
                Set(fresh.nodes) == Set(nodes)
            else { return false }
            return verifier.refutation(
                of: fresh.nodes,
                rounds: fresh.rounds,
                placements: fresh.moves,
                settled: party.settled,
                wave: fresh.number,
                version: party.version,
                remaining: Set(party.remaining).subtracting(nodes),
                at: now
            ).isEmpty
        }
    }

    /// - Parameter version: of the wave, where the way to the campaign's own has several hops.
    private func plan(
        for nodes: [String],
        to version: Version?,
        _ policy: Policy,
        in cluster: Cluster,
        at now: Instant
    ) -> Plan {
        var narrowed = campaign
        narrowed.nodeNames = nodes
        if let version { narrowed.purpose = .upgrade(to: version) }
        return CampaignPlanner(cluster: cluster, policy: policy, campaign: narrowed, createdAt: now).plan()
    }

    /// Past the canary there is none to come.
    private func policy(withCanary: Bool = false) -> Policy {
        var policy = policy
        if !withCanary { policy.canary = nil }
        return policy
    }
}

extension Plan {
    fileprivate var onlyWave: Wave? { waves.count == 1 ? waves.first : nil }
}
