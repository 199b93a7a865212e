import ClusterModel

/// What a campaign and its waivers name that is not there, or no longer holds.
struct NameCheck {
    private let cluster: Cluster
    private let campaign: Campaign
    private let policy: Policy
    private let now: Instant

    init(cluster: Cluster, campaign: Campaign, policy: Policy, at now: Instant) {
        self.cluster = cluster
        self.campaign = campaign
        self.policy = policy
        self.now = now
    }

    /// Those that are not among `known` by now.
    func findings(beside known: [Finding]) -> [Finding] {
        var found: [Finding] = []
        if !known.contains(where: { $0.rule == .missingNode }) { found += missingNodes() }
        if !known.contains(where: { $0.rule == .expiredWaiver }) { found += expiredWaivers() }
        return found
    }

    private func missingNodes() -> [Finding] {
        var names = (campaign.nodeNames ?? []) + campaign.skippedNodes
        if case .replace(let node, let with) = campaign.purpose { names += [node] + (with.map { [$0] } ?? []) }
        return Set(names).sorted().filter { cluster.node($0) == nil }.map { name in
            Finding(
                rule: .missingNode,
                severity: .obstacle,
                node: name,
                message: "\(name) is not in the cluster",
                fix: "correct the name, or take the snapshot again"
            )
        }
    }

    private func expiredWaivers() -> [Finding] {
        policy.waivers.filter { $0.expires <= now }.map { waiver in
            Finding(
                rule: .expiredWaiver,
                severity: .warning,
                message: "the waiver of \(waiver.rule.rawValue) for \(waiver.subject) (\(waiver.reason)) "
                    + "expired at \(waiver.expires) and counts for nothing",
                fix: "remove the obstacle, or have it waived anew"
            )
        }
    }
}
