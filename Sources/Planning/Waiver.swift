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

extension Finding.Rule {
    /// Whether somebody may answer for an obstacle of this rule; skew and the limits of the policy itself stand.
    package var isWaivable: Bool { Self.waivable.contains(self) }

    /// In the order of their declaration.
    package static let waivable: [Finding.Rule] = [
        .impossibleBudget, .spentBudget, .twoBudgets, .unhealthyPods, .barePod, .noRoom, .pinnedPod, .uncountedBudget,
        .foreignCordon, .nodeNotReady, .controlPlaneQuorum, .podAffinity, .podAntiAffinity, .topologySpread, .volume,
        .hostPort,
    ]
}

/// Why a text is no waiver.
package enum WaiverError: Error, Hashable, Sendable, CustomStringConvertible {
    case form
    case rule(String)
    case date(String)

    package var description: String {
        switch self {
        case .form: "write it as \"RULE SUBJECT until YYYY-MM-DD: reason\""
        case .rule(let text):
            "\(text) is no rule that can be waived; these can: "
                + Finding.Rule.waivable.map(\.rawValue).joined(separator: ", ")
        case .date(let text): "\(text) is no date: write it as 2026-12-24 or 2026-12-24T12:00:00Z"
        }
    }
}

extension Waiver {
    /// Reads `RULE SUBJECT until DATE: reason`.
    ///
    /// A date without a time means the whole of that day, in UTC.
    package init(text: some StringProtocol) throws(WaiverError) {
        let words = text.split(maxSplits: 4, omittingEmptySubsequences: true) { $0 == " " }
        guard words.count == 5, words[2] == "until", words[3].hasSuffix(":") else { throw .form }
        guard let reason = words.last?.drop(while: { $0 == " " }), !reason.isEmpty else { throw .form }
        try self.init(
            rule: String(words[0]),
            subject: String(words[1]),
            until: String(words[3].dropLast()),
            reason: String(reason)
        )
    }

    package init(rule: String, subject: String, until: String, reason: String) throws(WaiverError) {
        guard let rule = Finding.Rule(rawValue: rule), rule.isWaivable else { throw .rule(rule) }
        guard let expires = Instant(lastOf: until) else { throw .date(until) }
        self.init(rule: rule, subject: subject, reason: reason, expires: expires)
    }
}

extension Instant {
    /// The end of a day written as `2026-12-24`, or a moment in RFC 3339; nil for days that no calendar has.
    fileprivate init?(lastOf text: String) {
        let isDay = !text.contains("T")
        guard let instant = Instant(text: isDay ? text + "T00:00:00Z" : text) else { return nil }
        guard "\(instant)".hasPrefix(isDay ? text : String(text.prefix(19))) else { return nil }
        self = isDay ? instant + .seconds(86_400) : instant
    }
}
