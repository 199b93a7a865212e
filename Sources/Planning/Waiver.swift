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

extension Policy {
    /// Whether an obstacle of `rule` on any of `subjects` is waived at `moment`.
    package func waives(_ rule: Finding.Rule, subjects: [String], at moment: Instant) -> Bool {
        waivers.contains { $0.rule == rule && moment < $0.expires && subjects.contains($0.subject) }
    }
}
