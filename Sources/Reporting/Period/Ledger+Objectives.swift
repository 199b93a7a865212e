import ClusterModel
import Reliability

extension Ledger {
    /// The times over which a budget's burning is shown; the objective's own window comes last.
    private static let burnWindows: [Duration] = [.seconds(3600), .seconds(86_400), .seconds(259_200)]

    /// How the promise was kept over its window up to `end`; nil where it does not belong to what the report is about.
    func objective(_ named: NamedObjective, about focus: ReportFocus, at end: Instant) -> PeriodReport.Objective? {
        let window = Interval(from: end + (.zero - named.objective.window), to: end)
        let matching = knownWorkloads.filter { named.matches($0) && hasSeen($0, in: window) }
        switch focus {
        case .everything: break
        case .workloads(let chosen): if !matching.contains(where: chosen) { return nil }
        case .node: return nil
        }
        let tally = matching.reduce(Tally()) { $0 + self.tally(of: $1, in: window) }
        let counted = ErrorBudget(named.objective, tally)
        return PeriodReport.Objective(
            workload: named.name,
            workloads: matching.map { "\($0.namespace)/\($0.name)" },
            target: named.objective.availability,
            windowSeconds: named.objective.window.seconds,
            from: window.start.description,
            to: end.description,
            plannedCounts: named.objective.countsPlanned,
            availability: named.objective.countsPlanned ? tally.availability : tally.availabilityWithoutPlanned,
            counted: PeriodReport.Budget(named.objective, tally),
            withPlanned: PeriodReport.Budget(named.objective.counting(planned: true), tally),
            withoutPlanned: PeriodReport.Budget(named.objective.counting(planned: false), tally),
            secondsUnobserved: tally.unobserved.seconds,
            burnRates: burnRates(named.objective, of: matching, at: end),
            spending: spending(named.objective, of: matching, in: window),
            kept: counted.isKept
        )
    }

    private func spending(
        _ objective: Objective,
        of workloads: [WorkloadID],
        in window: Interval
    ) -> [PeriodReport.Spending] {
        let outages = workloads.flatMap { self.workloads[$0]?.outages(in: window) ?? [] }
            .filter { objective.countsPlanned || !$0.began(in: maintenance) }
            .sorted { ($0.end, $0.start) < ($1.end, $1.start) }
        var spent = Duration.zero
        return outages.map { outage in
            spent += outage.down
            return PeriodReport.Spending(
                from: outage.start.description,
                to: outage.end.description,
                secondsSpent: spent.seconds
            )
        }
    }

    private func burnRates(
        _ objective: Objective,
        of workloads: [WorkloadID],
        at end: Instant
    ) -> [PeriodReport.BurnRate] {
        let windows = Self.burnWindows.filter { $0 < objective.window } + [objective.window]
        return windows.compactMap { length in
            let window = Interval(from: end + (.zero - length), to: end)
            let tally = workloads.reduce(Tally()) { $0 + self.tally(of: $1, in: window) }
            guard let share = ErrorBudget(objective, tally).spentShare else { return nil }
            return PeriodReport.BurnRate(seconds: length.seconds, rate: share)
        }
    }
}

extension Objective {
    fileprivate func counting(planned: Bool) -> Objective {
        var other = self
        other.countsPlanned = planned
        return other
    }
}

extension PeriodReport.Budget {
    fileprivate init(_ objective: Objective, _ tally: Tally) {
        let budget = ErrorBudget(objective, tally)
        self.init(
            availability: objective.countsPlanned ? tally.availability : tally.availabilityWithoutPlanned,
            secondsAllowed: budget.allowed.seconds,
            secondsSpent: budget.spent.seconds,
            secondsLeft: budget.left.seconds,
            spentShare: budget.spentShare
        )
    }
}
