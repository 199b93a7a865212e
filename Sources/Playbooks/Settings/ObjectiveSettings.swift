package import ClusterModel

/// A promise of availability, as a site writes it.
package struct ObjectiveSettings: Hashable, Sendable {
    package enum Maintenance: String, CaseIterable, Hashable, Sendable {
        /// Downtime in maintenance spends the error budget.
        case counted
        /// It does not, and its time is not counted at all.
        case excluded
    }

    /// `NAMESPACE/NAME`, either of them a pattern.
    package var workload: GlobPattern
    /// The part of the time, above 0 and below 1.
    package var availability: Double
    package var window: Duration
    package var maintenance: Maintenance

    package init(
        workload: GlobPattern,
        availability: Double,
        window: Duration = .seconds(30 * 86_400),
        maintenance: Maintenance = .counted
    ) {
        self.workload = workload
        self.availability = availability
        self.window = window
        self.maintenance = maintenance
    }

    package func matches(_ id: WorkloadID) -> Bool { workload.matches("\(id.namespace)/\(id.name)") }
}
