import ClusterModel

/// The waivers of a policy that hold at one moment.
struct WaivedRules: Sendable {
    private let waivers: [Waiver]

    init(_ policy: Policy, at moment: Instant?) {
        waivers = moment.map { moment in policy.waivers.filter { moment < $0.expires } } ?? []
    }

    func cover(_ rules: Set<Finding.Rule>, _ subjects: [String]) -> Bool {
        waivers.contains { rules.contains($0.rule) && subjects.contains($0.subject) }
    }

    /// A waived limit lets one go at a time where it would let none.
    func allowed(by limit: PlanVerifier.Allowances.Limit) -> Int {
        waivers.isEmpty || !cover(Self.limits, [limit.subject]) ? limit.allowed : max(limit.allowed, 1)
    }

    private static let limits: Set<Finding.Rule> = [.impossibleBudget, .spentBudget, .unhealthyPods, .uncountedBudget]
    /// Obstacles in the way of a place for a pod.
    fileprivate static let places: Set<Finding.Rule> = [
        .pinnedPod, .noRoom, .podAffinity, .podAntiAffinity, .topologySpread, .volume, .hostPort,
    ]
}

extension PlanVerifier.Replay {
    /// The pod may end without being made again.
    func waivesBare(_ pod: Int) -> Bool {
        let place = home[pod].map { [node($0).name] } ?? []
        return waivers.cover([.barePod], ["\(self.pod(pod).id)"] + place)
    }

    /// The pod may wait for its own node, if that comes back.
    func waivesPlace(_ pod: Int) -> Bool {
        verifier.campaign.returnsNodes && waivers.cover(WaivedRules.places, ["\(self.pod(pod).id)"])
    }

    /// The pod may be evicted though several budgets select it.
    func waivesTwoBudgets(_ pod: Int, _ budgets: [BudgetID]) -> Bool {
        waivers.cover([.twoBudgets], ["\(self.pod(pod).id)"] + budgets.map { "\($0)" })
    }

    func waives(_ rule: Finding.Rule, node: String) -> Bool { waivers.cover([rule], [node]) }
}
