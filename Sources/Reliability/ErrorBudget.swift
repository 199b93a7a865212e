/// What was promised of a thing.
package struct Objective: Hashable, Sendable {
    /// The part of the time in which it is to be available, below 1.
    package var availability: Double
    /// The rolling time that the promise speaks of.
    package var window: Duration
    /// False where the contract does not count maintenance.
    package var countsPlanned: Bool

    package init(availability: Double, window: Duration, countsPlanned: Bool = true) {
        self.availability = availability
        self.window = window
        self.countsPlanned = countsPlanned
    }
}

/// How much downtime an objective allows, and how much of it is spent.
///
/// It is that of the observed time: what nobody saw neither spends budget nor earns any.
package struct ErrorBudget: Hashable, Sendable {
    package var allowed: Duration
    package var spent: Duration

    package init(_ objective: Objective, _ tally: Tally) {
        let counted = objective.countsPlanned ? tally.observed : tally.observed - tally.plannedDown
        allowed = counted * (1 - objective.availability)
        spent = objective.countsPlanned ? tally.down : tally.unplannedDown
    }

    /// Negative where more was spent than allowed.
    package var left: Duration { allowed - spent }

    /// 1 where all of it is spent; nil where nothing was observed.
    package var spentShare: Double? { allowed > .zero ? spent / allowed : nil }

    /// Holds where nothing was observed too.
    package var isKept: Bool { spent <= allowed }
}
