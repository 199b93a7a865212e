package import ClusterModel

/// The small checker that everything trusts: it takes no advice from the search, and believes nothing that it has not
/// recounted from the cluster.
///
/// An empty answer means that the claims hold for the cluster as given. Not looked at are what the model does not carry
/// (how many volumes a node may attach) and pods that wait for a node.
package struct PlanVerifier: Sendable {
    let cluster: Cluster
    let policy: Policy
    let campaign: Campaign
    /// The run whose own cordons are no obstacle; nil lets every run of ours pass, and no other.
    let run: String?
    let nodeIndices: [String: Int]
    let podIndices: [PodID: Int]
    /// By pod: a drain leaves it alone, or it ends anyway.
    let isLeftAlone: [Bool]
    let allowances: Allowances
    let groups: NodeGroups
    let kinship: Kinship
    let spreading: Spreading
    let claimUsers: [ClaimID: [Int]]

    package init(cluster: Cluster, policy: Policy, campaign: Campaign, run: String? = nil) {
        self.cluster = cluster
        self.policy = policy
        self.campaign = campaign
        self.run = run
        nodeIndices = Dictionary(zip(cluster.nodes.map(\.name), 0...), uniquingKeysWith: { first, _ in first })
        podIndices = Dictionary(zip(cluster.pods.map(\.id), 0...), uniquingKeysWith: { first, _ in first })
        isLeftAlone = cluster.pods.map { $0.terminating || $0.isMirror || $0.isDaemon }
        allowances = Allowances(cluster: cluster, defaultBudget: policy.defaultBudget)
        groups = NodeGroups(cluster.nodes, pools: policy.pools)
        var selections = PodSelections()
        var kinship = Kinship(cluster, &selections)
        var spreading = Spreading(cluster, &selections)
        selections.fill(from: cluster)
        kinship.fill(from: selections, cluster: cluster)
        spreading.fill(from: selections)
        self.kinship = kinship
        self.spreading = spreading
        claimUsers = Self.claimUsers(in: cluster)
    }

    /// Replays all waves in order, each from where the one before left the pods and the versions.
    ///
    /// The policy and the campaign are the verifier's, whatever the plan says of its own.
    ///
    /// - Parameter moment: when waivers must hold; nil means when the plan was made.
    package func brokenClaims(of plan: Plan, at moment: Instant? = nil) -> [BrokenClaim] {
        var replay = Replay(of: self, at: moment ?? plan.createdAt)
        let order = orderFaults(plan.waves)
        return zip(plan.waves, order).flatMap { wave, orderFaults in
            replay.perform(wave, rounds: .exactly(wave.rounds)) + orderFaults
        }
    }

    /// Checks one wave on the cluster as it is, after `settled` nodes have been serviced.
    ///
    /// - Parameter moment: when waivers must hold; nil lets none count.
    package func brokenClaims(of wave: Wave, settled: Set<String>, at moment: Instant? = nil) -> [BrokenClaim] {
        var replay = Replay(of: self, at: moment, settled: settled)
        return replay.perform(wave, rounds: .exactly(wave.rounds))
    }

    /// Checks on the live cluster that `nodes` may leave together now, in at most `rounds` rounds.
    ///
    /// The names of pods have changed since the plan was made, so the caller brings a new witness for what stands on the
    /// nodes now; nil checks only the rules that need none. Needing fewer rounds than planned refutes nothing.
    ///
    /// - Parameters:
    ///   - version: what an upgrade brings the nodes to in this wave; nil means the wanted version.
    ///   - remaining: nodes whose waves are still to come, among which a leader of the control plane is to be the last.
    ///   - moment: when waivers must hold; nil lets none count.
    package func refutation(
        of nodes: [String],
        rounds: Int,
        placements: [Move]?,
        settled: Set<String> = [],
        wave number: Int = 1,
        version: Version? = nil,
        remaining: Set<String> = [],
        at moment: Instant? = nil
    ) -> [BrokenClaim] {
        var replay = Replay(of: self, at: moment, settled: settled)
        let version = version ?? campaign.targetVersion
        let wave = Wave(number: number, rounds: rounds, nodes: nodes, moves: placements ?? [], version: version)
        let order = replay.leaderFaults(wave, remaining: remaining)
        return replay.perform(wave, rounds: .atMost(rounds), hasWitness: placements != nil) + order
    }

    /// Checks whether the policy lets these nodes be out at the same time, whatever runs on them.
    package func refutationOfLimits(of nodes: [String], version: Version? = nil) -> [BrokenClaim] {
        let version = version ?? campaign.targetVersion
        let wave = Wave(number: 1, rounds: 1, nodes: nodes, moves: [], version: version)
        let replay = Replay(of: self, at: nil)
        return replay.limitFaults(wave) + replay.controlPlaneFaults(wave)
    }
}

/// How a wave's number of rounds is meant.
enum ClaimedRounds {
    case exactly(Int)
    case atMost(Int)
}
