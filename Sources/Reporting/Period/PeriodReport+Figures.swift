import ClusterModel
package import Reliability

extension PeriodReport {
    /// The measures of one thing, or of many together.
    package struct Figures: Hashable, Sendable, Codable {
        package var secondsObserved: Double
        package var secondsUnobserved: Double
        package var secondsDown: Double
        package var secondsDownPlanned: Double
        package var secondsDownUnplanned: Double
        package var secondsBelowBudget: Double
        package var secondsBelowBudgetPlanned: Double
        package var outages: Int
        package var outagesPlanned: Int
        package var outagesUnplanned: Int
        package var availability: Double?
        package var availabilityWithoutPlanned: Double?
        package var mttr: Double?
        package var mttrPlanned: Double?
        package var mttrUnplanned: Double?
        package var mtbf: Double?
        package var mttd: Double?

        package init(_ tally: Tally) {
            secondsObserved = tally.observed.seconds
            secondsUnobserved = tally.unobserved.seconds
            secondsDown = tally.down.seconds
            secondsDownPlanned = tally.plannedDown.seconds
            secondsDownUnplanned = tally.unplannedDown.seconds
            secondsBelowBudget = tally.belowBudget.seconds
            secondsBelowBudgetPlanned = tally.plannedBelowBudget.seconds
            outages = tally.outages
            outagesPlanned = tally.plannedOutages
            outagesUnplanned = tally.unplannedOutages
            availability = tally.availability
            availabilityWithoutPlanned = tally.availabilityWithoutPlanned
            mttr = tally.meanTimeToRepair?.seconds
            mttrPlanned = tally.plannedMeanTimeToRepair?.seconds
            mttrUnplanned = tally.unplannedMeanTimeToRepair?.seconds
            mtbf = tally.meanTimeBetweenFailures?.seconds
            mttd = tally.meanTimeToDetect?.seconds
        }

        package var feltSomething: Bool { secondsDown > 0 || secondsBelowBudget > 0 }
    }

    /// A promise of availability, and how it was kept.
    package struct Objective: Hashable, Sendable, Codable {
        /// As the settings write it; it may stand for several workloads.
        package var workload: String
        /// What it stood for.
        package var workloads: [String]
        package var target: Double
        package var windowSeconds: Double
        package var from: String
        package var to: String
        package var plannedCounts: Bool
        /// Over the objective's window, as the contract counts; absent where nothing was observed.
        package var availability: Double?
        package var counted: Budget
        /// The same with planned downtime in it, and without.
        package var withPlanned: Budget
        package var withoutPlanned: Budget
        package var secondsUnobserved: Double
        package var burnRates: [BurnRate]
        /// How the budget went, outage by outage.
        package var spending: [Spending]
        package var kept: Bool
    }

    package struct Budget: Hashable, Sendable, Codable {
        package var availability: Double?
        package var secondsAllowed: Double
        package var secondsSpent: Double
        package var secondsLeft: Double
        package var spentShare: Double?
    }

    /// An outage that spent budget, and what was spent in all by its end.
    package struct Spending: Hashable, Sendable, Codable {
        package var from: String
        package var to: String
        package var secondsSpent: Double
    }

    /// How fast the budget goes: 1 spends exactly all of it in the window.
    package struct BurnRate: Hashable, Sendable, Codable {
        package var seconds: Double
        package var rate: Double
    }
}
