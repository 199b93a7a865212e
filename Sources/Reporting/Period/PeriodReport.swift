/// What a cluster's users and nodes went through in a period: the result of `report` for a month or any other time.
///
/// `docs/period-report.schema.json` describes the JSON, `docs/metrics.md` each figure. Times of day are RFC 3339 in UTC,
/// lengths are seconds; what cannot be said is left out.
package struct PeriodReport: Hashable, Sendable, Codable {
    package var apiVersion = "evenkeel/v1"
    package var kind = "PeriodReport"
    package var cluster: String
    package var period: Period
    /// Over all workloads.
    package var totals: Figures
    package var changes: Changes
    package var observation: Observation
    package var objectives: [Objective]
    /// Those that felt something first, the most down leading; then by namespace and name.
    package var workloads: [Workload]
    /// By workload and name.
    package var probes: [Probe]
    /// By name.
    package var nodes: [Node]
    /// By name; nodes whose zone is not known are in none.
    package var zones: [Zone]
    /// The earliest first.
    package var runs: [Run]
    /// By name.
    package var steps: [Step]

    package struct Period: Hashable, Sendable, Codable {
        package var name: String
        package var from: String
        package var to: String
        package var timeZone: String
        package var seconds: Double
    }

    /// How often something was changed, and how often that failed.
    package struct Changes: Hashable, Sendable, Codable {
        /// Times that a run took a node out of service.
        package var services: Int
        /// Of these, those in which the node failed.
        package var failed: Int
        package var failureRate: Double?
    }

    /// When anybody looked, in runs or between them.
    package struct Observation: Hashable, Sendable, Codable {
        package var secondsObserved: Double
        package var secondsUnobserved: Double
        package var gaps: [Gap]
    }

    package struct Gap: Hashable, Sendable, Codable {
        package var from: String
        package var to: String
    }

    package struct Workload: Hashable, Sendable, Codable {
        /// `NAMESPACE/NAME`
        package var workload: String
        package var kind: String
        package var budgets: [String]
        package var figures: Figures
        package var outages: [Outage]
        /// Of a workload that felt something.
        package var readiness: [Readiness]?
    }

    package struct Outage: Hashable, Sendable, Codable {
        package var from: String
        package var to: String
        /// Observed time down.
        package var seconds: Double
        /// It began while a run held a node out of service.
        package var planned: Bool
        /// It was seen to end.
        package var over: Bool
    }

    /// What held from a moment on.
    package struct Readiness: Hashable, Sendable, Codable {
        package var at: String
        /// Absent where nobody looked.
        package var healthy: Int?
        package var wanted: Int?
        /// The most that a budget of it wants to keep.
        package var keep: Int?
        /// True while a budget of it was broken, else absent.
        package var belowBudget: Bool?
    }

    package struct Node: Hashable, Sendable, Codable {
        package var node: String
        package var zone: String?
        /// Held out of service by runs.
        package var secondsOutOfService: Double
        package var services: Int
        package var failed: Int
        /// Of the node itself: down is not Ready.
        package var figures: Figures
        package var outages: [Outage]
    }

    package struct Zone: Hashable, Sendable, Codable {
        package var zone: String
        package var nodes: Int
        package var secondsOutOfService: Double
        package var figures: Figures
    }
}
