import ClusterModel

/// A node moved into an earlier wave of a plan, on the cluster as it stands before that wave.
struct WaveTrial {
    private let plan: Plan
    private let index: Int
    private let name: String
    private let own: Wave
    private let cluster: Cluster
    private var wave: Wave { plan.waves[index] }

    /// - Parameter own: the index of the wave that the plan has the node in.
    init(_ plan: Plan, at index: Int, adding name: String, from own: Int, in cluster: Cluster) {
        self.plan = plan
        self.index = index
        self.name = name
        self.own = plan.waves[own]
        self.cluster = cluster
    }

    func verdict(reckonsCost: Bool) -> NodeExplanation.Verdict {
        if let (ground, why) = cheapObjection { return .forbidden(by: ground, why: why) }
        // What the plan sends to the node in this wave needs another place too.
        let kept = wave.moves.filter { $0.to != name }
        if let claim = refutation(moves: kept, asksForMoves: false) { return forbidden(by: claim) }
        let displaced = wave.moves.filter { $0.to == name }
        let (found, homeless) = WitnessSearch(cluster, leaving: nodes).places(for: name, displaced, beside: kept)
        var objection = homeless.map { NodeExplanation.Verdict.forbidden(by: .room, why: $0) }
        var moves = kept + found
        if objection == nil, let claim = refutation(moves: moves) { objection = forbidden(by: claim) }
        if let first = objection {
            // Perhaps the wave's other pods can make way.
            guard let fresh = freshWitness(), refutation(moves: fresh) == nil else { return first }
            moves = fresh
        }
        return .possible(reckonsCost ? cost(with: moves) : nil)
    }

    private var nodes: [String] { wave.nodes + [name] }

    /// The stage of the campaign that the wave belongs to.
    private var campaign: Campaign {
        var campaign = plan.campaign
        if let version = wave.version { campaign.purpose = .upgrade(to: version) }
        return campaign
    }

    /// What needs no look at the pods.
    private var cheapObjection: (NodeExplanation.Ground, String)? {
        if let version = wave.version, let wanted = own.version, version != wanted {
            return (.version, "it takes its nodes to \(version), and \(name) goes to \(wanted)")
        }
        if wave.isCanary, let canary = plan.policy.canary, nodes.count > canary.nodes {
            return (.canary, "it is the canary, kept to \(canary.nodes) of the nodes")
        }
        if let alone = soleObjection { return (.controlPlane, alone) }
        let limit = plan.policy.nodesOut(of: cluster.nodes.count)
        if nodes.count > limit { return (.maxOut, "it is full: \(wave.nodes.count) of \(limit) nodes allowed out") }
        return nil
    }

    /// Nodes of the control plane leave by themselves.
    private var soleObjection: String? {
        let member = wave.nodes.first { isControlPlane($0) }
        switch (isControlPlane(name), member) {
        case (true, let member?): return "control-plane nodes leave one at a time, and \(member) is out then"
        case (false, let member?): return "control-plane node \(member) is out then, and leaves alone"
        case (true, nil): return "\(name) is of the control plane and leaves alone"
        case (false, nil): return nil
        }
    }

    private func isControlPlane(_ name: String) -> Bool { cluster.node(name)?.isControlPlane ?? false }

    /// What the verifier holds against the wave with the node in it.
    ///
    /// - Parameter asksForMoves: whether pods of the node without a move are held against it.
    private func refutation(moves: [Move], asksForMoves: Bool = true) -> BrokenClaim? {
        var trial = plan
        trial.campaign = campaign
        trial.policy.canary = nil
        trial.waves = [
            Wave(number: wave.number, rounds: wave.rounds, nodes: nodes, moves: moves, version: wave.version)
        ]
        return PlanVerifier(cluster: cluster, policy: trial.policy, campaign: campaign).brokenClaims(of: trial)
            .first { claim in
                if case .move(_, .missing, _) = claim { asksForMoves } else { true }
            }
    }

    private func forbidden(by claim: BrokenClaim) -> NodeExplanation.Verdict {
        let text = claim.description
        let prefix = "wave \(wave.number): "
        return .forbidden(by: claim.ground, why: text.hasPrefix(prefix) ? String(text.dropFirst(prefix.count)) : text)
    }

    /// Places for all that the wave would evict, found anew.
    private func freshWitness() -> [Move]? {
        let fresh = planned(nodes, in: cluster)
        return fresh.waves.count == 1 && Set(fresh.nodes) == Set(nodes) ? fresh.waves.first?.moves : nil
    }

    private func planned(_ names: [String], in cluster: Cluster) -> Plan {
        var narrowed = campaign
        narrowed.nodeNames = names
        var policy = plan.policy
        policy.canary = nil
        return Planner(cluster: cluster, policy: policy, campaign: narrowed, createdAt: plan.createdAt).plan()
    }

    /// What the rest of this stage takes once the node has left here, against what the plan takes.
    private func cost(with moves: [Move]) -> NodeExplanation.Cost {
        var state = CampaignState(cluster, campaign: campaign)
        var together = wave
        together.nodes = nodes
        together.moves = moves
        state.carryOut(together)
        let stage = plan.waves[index...].filter { $0.version == wave.version }
        let remaining = stage.dropFirst().flatMap(\.nodes).filter { $0 != name }
        let rest = remaining.isEmpty ? [] : planned(remaining, in: state.cluster).waves
        func sum(_ waves: some Sequence<Wave>, _ value: (Wave) -> Int) -> Int { waves.reduce(0) { $0 + value($1) } }
        return NodeExplanation.Cost(
            waves: 1 + rest.count - stage.count,
            rounds: wave.rounds + sum(rest, \.rounds) - sum(stage, \.rounds),
            evictions: moves.count + sum(rest) { $0.moves.count } - sum(stage) { $0.moves.count },
            nodesLeftOut: remaining.count - sum(rest) { $0.nodes.count }
        )
    }
}

extension BrokenClaim {
    fileprivate var ground: NodeExplanation.Ground {
        switch self {
        case .wave(.severalZones, _): .zone
        case .wave(.tooManyNodes, _): .maxOut
        case .controlPlane: .controlPlane
        case .skew: .versionSkew
        case .budget, .rounds: .budget
        case .room, .target: .room
        default: .other
        }
    }
}
