package import ClusterModel

/// How long a run takes, in seconds: as good, and as bad, as the steps it is reckoned from.
package struct TimeEstimate: Hashable, Sendable, Codable {
    package var low: Double
    package var high: Double

    package init(low: Double, high: Double) {
        self.low = low
        self.high = high
    }

    static let zero = TimeEstimate(low: 0, high: 0)

    package static func + (left: TimeEstimate, right: TimeEstimate) -> TimeEstimate {
        TimeEstimate(low: left.low + right.low, high: left.high + right.high)
    }

    static func * (range: TimeEstimate, count: Int) -> TimeEstimate {
        TimeEstimate(low: range.low * Double(count), high: range.high * Double(count))
    }
}

/// What the steps of a wave take: stated defaults, or what a history has measured.
package struct DurationEstimates: Hashable, Sendable {
    /// One drain-and-recover round: pods end, and their replacements become ready.
    package var round: TimeEstimate
    /// What the playbook does to a node, its reboot included.
    package var service: TimeEstimate
    /// From the uncordon until the workloads are as healthy as before.
    package var recovery: TimeEstimate
    /// Measured times of single nodes' services, where there are any.
    package var serviceByNode: [String: TimeEstimate]

    /// - Parameter round: seconds, as all of them. The defaults: a round 30 s to 3 min, a service 2 to 10 min, a
    ///   recovery 10 s to 2 min.
    package init(
        round: TimeEstimate = TimeEstimate(low: 30, high: 180),
        service: TimeEstimate = TimeEstimate(low: 120, high: 600),
        recovery: TimeEstimate = TimeEstimate(low: 10, high: 120),
        serviceByNode: [String: TimeEstimate] = [:]
    ) {
        self.round = round
        self.service = service
        self.recovery = recovery
        self.serviceByNode = serviceByNode
    }

    /// Waves come one after another, each as slow as its slowest node; a canary is watched on top.
    package func estimate(of plan: Plan, in cluster: Cluster) -> TimeEstimate {
        var steps = self
        // A node that leaves for good, with nothing done on it.
        if plan.playbook == nil, !plan.campaign.returnsNodes { steps.service = .zero }
        return plan.waves.reduce(.zero) { $0 + steps.estimate(of: $1, policy: plan.policy, in: cluster) }
    }

    package func estimate(of wave: Wave, policy: Policy, in cluster: Cluster) -> TimeEstimate {
        let services = wave.nodes.map { serviceByNode[$0] ?? service }
        let slowest = TimeEstimate(low: services.map(\.low).max() ?? 0, high: services.map(\.high).max() ?? 0)
        let drains = wave.moves.isEmpty ? .zero : round * wave.rounds
        let soak = wave.isCanary ? policy.canary?.soak.seconds ?? 0 : 0
        return drains + jobs(of: wave, policy: policy, in: cluster) + slowest + recovery
            + TimeEstimate(low: soak, high: soak)
    }

    /// Jobs may end at once, or use up the whole time that they are given.
    private func jobs(of wave: Wave, policy: Policy, in cluster: Cluster) -> TimeEstimate {
        guard case .wait(let limit) = policy.jobs else { return .zero }
        let hasJobs = wave.moves.contains { cluster.pod($0.pod)?.owner?.kind == "Job" }
        return TimeEstimate(low: 0, high: hasJobs ? limit.seconds : 0)
    }
}
