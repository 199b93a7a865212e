package import ClusterModel

/// The small checker that everything trusts: it takes no advice from the search, and believes nothing that it has not
/// recounted from the cluster.
///
/// An empty answer means that the claims hold for the cluster as given. Not looked at are rules that the model of a pod
/// does not carry (affinity between pods, topology spread, volumes, host ports), and pods that wait for a node.
package struct PlanVerifier: Sendable {
    let cluster: Cluster
    let policy: Policy
    let campaign: Campaign
    /// The run whose own cordons are no obstacle; nil lets every run of ours pass, and no other.
    let run: String?
    let nodeIndices: [String: Int]
    let podIndices: [PodID: Int]
    let allowances: Allowances

    package init(cluster: Cluster, policy: Policy, campaign: Campaign, run: String? = nil) {
        self.cluster = cluster
        self.policy = policy
        self.campaign = campaign
        self.run = run
        nodeIndices = Dictionary(zip(cluster.nodes.map(\.name), 0...), uniquingKeysWith: { first, _ in first })
        podIndices = Dictionary(zip(cluster.pods.map(\.id), 0...), uniquingKeysWith: { first, _ in first })
        allowances = Allowances(cluster: cluster, defaultBudget: policy.defaultBudget)
    }

    /// Replays all waves in order, each from where the one before left the pods and the versions.
    ///
    /// The policy and the campaign are the verifier's, whatever the plan says of its own.
    package func brokenClaims(of plan: Plan) -> [BrokenClaim] {
        var replay = Replay(of: self)
        return plan.waves.flatMap { replay.perform($0, rounds: .exactly($0.rounds)) }
    }

    /// Checks one wave on the cluster as it is, after `settled` nodes have been serviced.
    package func brokenClaims(of wave: Wave, settled: Set<String>) -> [BrokenClaim] {
        var replay = Replay(of: self, settled: settled)
        return replay.perform(wave, rounds: .exactly(wave.rounds))
    }

    /// Checks on the live cluster that `nodes` may leave together now, in at most `rounds` rounds.
    ///
    /// The names of pods have changed since the plan was made, so the caller brings a new witness for what stands on the
    /// nodes now; nil checks only the rules that need none. Needing fewer rounds than planned refutes nothing.
    package func refutation(
        of nodes: [String],
        rounds: Int,
        placements: [Move]?,
        settled: Set<String> = [],
        wave number: Int = 1
    ) -> [BrokenClaim] {
        var replay = Replay(of: self, settled: settled)
        let wave = Wave(number: number, rounds: rounds, nodes: nodes, moves: placements ?? [])
        return replay.perform(wave, rounds: .atMost(rounds), hasWitness: placements != nil)
    }
}

/// How a wave's number of rounds is meant.
enum ClaimedRounds {
    case exactly(Int)
    case atMost(Int)
}
