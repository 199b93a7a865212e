package import ClusterModel

/// Says why a node leaves in its wave and not before, by asking the verifier about the plan with the node moved.
package struct PlanExplainer: Sendable {
    private let plan: Plan
    private let cluster: Cluster
    /// For how many waves it is reckoned what the node there would cost; each is a search of its own.
    private let mostReplans = 12

    package init(_ plan: Plan, on cluster: Cluster) {
        self.plan = plan
        self.cluster = cluster
    }

    /// - Returns: nil for a node that the cluster does not have.
    package func explain(_ name: String) -> NodeExplanation? {
        guard let node = cluster.node(name) else { return nil }
        let stays = plan.waves.indices.filter { plan.waves[$0].nodes.contains(name) }
        return NodeExplanation(
            node: name,
            places: places(of: name, at: stays),
            findings: plan.findings.filter { $0.node == name },
            passedOver: plan.campaign.includes(node) ? nil : whyNotChosen(node)
        )
    }

    private func whyNotChosen(_ node: Node) -> String {
        if case .replace(let other, _) = plan.campaign.purpose { return "the campaign replaces \(other) only" }
        if plan.campaign.skippedNodes.contains(node.name) { return "the campaign skips it" }
        if !plan.campaign.selector.matches(node.labels) { return "the campaign's selector does not match its labels" }
        return "the campaign names its nodes, and not this one"
    }

    private func places(of name: String, at stays: [Int]) -> [NodeExplanation.Place] {
        var state = CampaignState(cluster, campaign: plan.campaign)
        var places: [NodeExplanation.Place] = []
        var alternatives: [NodeExplanation.Alternative] = []
        var replans = 0
        for (index, wave) in plan.waves.enumerated() where index <= stays.last ?? -1 {
            if stays.contains(index) {
                places.append(
                    NodeExplanation.Place(
                        wave: wave.number,
                        version: wave.version,
                        reason: wave.reason,
                        earlier: alternatives
                    )
                )
                alternatives = []
            } else if let own = stays.first(where: { $0 > index }) {
                let trial = WaveTrial(plan, at: index, adding: name, from: own, in: state.cluster)
                let verdict = trial.verdict(reckonsCost: replans < mostReplans)
                if case .possible = verdict { replans += 1 }
                alternatives.append(NodeExplanation.Alternative(wave: wave.number, verdict: verdict))
            }
            state.carryOut(wave)
        }
        return places
    }
}
