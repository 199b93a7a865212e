/// A budget's name in its namespace: `NAMESPACE/NAME`.
package typealias BudgetID = PodID

/// A whole number, or a percentage of some total.
package enum CountOrPercent: Hashable, Sendable, CustomStringConvertible {
    case count(Int)
    case percent(Int)

    /// Reads `3` or `25%`; both must be ≥ 0.
    package init?(_ text: some StringProtocol) {
        let isPercent = text.hasSuffix("%")
        guard let value = Int(isPercent ? text.dropLast() : text[...]), value >= 0 else { return nil }
        self = isPercent ? .percent(value) : .count(value)
    }

    /// The number meant, of `total`; percentages round up, for `minAvailable` and `maxUnavailable` alike, as the
    /// disruption controller does (`GetScaledValueFromIntOrPercent(…, roundUp: true)`).
    package func roundedUp(of total: Int) -> Int {
        switch self {
        case .count(let count): count
        case .percent(let percent):
            // Rounding happens last, and a hostile percentage must not overflow.
            Int(clamping: (Int128(total) * Int128(percent) + 99) / 100)
        }
    }

    package var description: String {
        switch self {
        case .count(let count): "\(count)"
        case .percent(let percent): "\(percent)%"
        }
    }
}

/// A PodDisruptionBudget: how many pods of a selection may be down by eviction at once.
package struct DisruptionBudget: Hashable, Sendable {
    package enum Rule: Hashable, Sendable, CustomStringConvertible {
        case minAvailable(CountOrPercent)
        case maxUnavailable(CountOrPercent)

        package var description: String {
            switch self {
            case .minAvailable(let value): "minAvailable \(value)"
            case .maxUnavailable(let value): "maxUnavailable \(value)"
            }
        }

        /// How many of `expected` pods must stay healthy.
        package func desiredHealthy(of expected: Int) -> Int {
            switch self {
            case .minAvailable(let value): value.roundedUp(of: expected)
            case .maxUnavailable(let value): max(0, expected - min(expected, value.roundedUp(of: expected)))
            }
        }
    }

    /// What happens to pods that are running but not ready.
    package enum UnhealthyPodEviction: String, Hashable, Sendable {
        /// They may go only while the budget is met.
        case ifHealthyBudget = "IfHealthyBudget"
        /// They may always go.
        case alwaysAllow = "AlwaysAllow"
    }

    /// What the disruption controller last wrote.
    package struct Status: Hashable, Sendable {
        package var disruptionsAllowed: Int
        package var currentHealthy: Int
        package var desiredHealthy: Int
        package var expectedPods: Int
        /// The controller has seen the budget as it stands, and could count its pods.
        package var isCurrent: Bool

        package init(
            disruptionsAllowed: Int,
            currentHealthy: Int,
            desiredHealthy: Int,
            expectedPods: Int,
            isCurrent: Bool = true
        ) {
            self.disruptionsAllowed = disruptionsAllowed
            self.currentHealthy = currentHealthy
            self.desiredHealthy = desiredHealthy
            self.expectedPods = expectedPods
            self.isCurrent = isCurrent
        }
    }

    package var id: BudgetID
    /// Nil selects nothing; an empty selector selects every pod of the namespace (`policy/v1`).
    package var selector: LabelSelector?
    package var rule: Rule
    package var unhealthyPodEviction: UnhealthyPodEviction
    package var status: Status?

    package init(
        id: BudgetID,
        selector: LabelSelector?,
        rule: Rule,
        unhealthyPodEviction: UnhealthyPodEviction = .ifHealthyBudget,
        status: Status? = nil
    ) {
        self.id = id
        self.selector = selector
        self.rule = rule
        self.unhealthyPodEviction = unhealthyPodEviction
        self.status = status
    }

    package func selects(_ pod: Pod) -> Bool {
        guard let selector, pod.id.namespace == id.namespace else { return false }
        return selector.matches(pod.labels)
    }
}
