package import ClusterModel

/// An obstacle that somebody has answered for: the campaign goes on in spite of it until the waiver expires.
package struct Waiver: Hashable, Sendable {
    package var rule: Finding.Rule
    /// A node's name, or the `NAMESPACE/NAME` of a pod or budget.
    package var subject: String
    package var reason: String
    package var expires: Instant

    package init(rule: Finding.Rule, subject: String, reason: String, expires: Instant) {
        self.rule = rule
        self.subject = subject
        self.reason = reason
        self.expires = expires
    }
}

extension Waiver {
    /// Whether it lets a pod wait for its own node where no other one may take it.
    package var letsPodsWait: Bool { Self.placementRules.contains(rule) }

    private static let placementRules: Set<Finding.Rule> = [
        .pinnedPod, .noRoom, .podAffinity, .podAntiAffinity, .topologySpread, .volume, .hostPort,
    ]
}

extension Policy {
    /// Whether an obstacle of `rule` on any of `subjects` is waived at `moment`.
    package func waives(_ rule: Finding.Rule, subjects: [String], at moment: Instant) -> Bool {
        waivers.contains { $0.rule == rule && moment < $0.expires && subjects.contains($0.subject) }
    }
}
