import ClusterModel
import Planning
import Rollout

/// Proves a wave anew on the cluster as it is: a fresh witness from the planner, judged by the verifier.
struct WaveProof {
    var cluster: Cluster
    var policy: Policy
    var campaign: Campaign
    var run: String

    /// What speaks against the wave now; empty where nothing does.
    func refutation(of wave: Wave, settled: Set<String>) -> [String] {
        var narrowed = campaign
        narrowed.nodeNames = wave.nodes
        var roomy = policy
        roomy.maxOut = .count(max(wave.nodes.count, policy.nodesOut(of: cluster.nodes.count)))
        let planner = Planner(
            cluster: cluster,
            policy: roomy,
            campaign: narrowed,
            createdAt: Instant(milliseconds: 0)
        )
        let plan = planner.plan()
        guard plan.waves.count == 1, let fresh = plan.waves.first, Set(fresh.nodes) == Set(wave.nodes) else {
            let obstacles = plan.obstacles.map(\.message)
            return obstacles.isEmpty ? ["the nodes can no longer leave together"] : obstacles
        }
        let verifier = PlanVerifier(cluster: cluster, policy: policy, campaign: campaign, run: run)
        let rounds = max(wave.rounds, fresh.rounds)
        return verifier.refutation(of: wave.nodes, rounds: rounds, placements: fresh.moves, settled: settled, wave: wave.number)
            .map(\.description)
    }
}
