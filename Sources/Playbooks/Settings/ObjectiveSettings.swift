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
    /// Of these only workloads whose pods have such labels; nil for all.
    package var selector: LabelSelector?
    /// As it is written.
    package var selectorText: String?
    /// The part of the time, above 0 and below 1.
    package var availability: Double
    package var window: Duration
    package var maintenance: Maintenance

    package init(
        workload: GlobPattern,
        selector: LabelSelector? = nil,
        selectorText: String? = nil,
        availability: Double,
        window: Duration = .seconds(30 * 86_400),
        maintenance: Maintenance = .counted
    ) {
        self.workload = workload
        self.selector = selector
        self.selectorText = selectorText
        self.availability = availability
        self.window = window
        self.maintenance = maintenance
    }

    /// - Parameter labels: What the workload's pods have in common.
    package func matches(_ id: WorkloadID, labels: @autoclosure () -> Labels) -> Bool {
        guard workload.matches("\(id.namespace)/\(id.name)") else { return false }
        return selector?.matches(labels()) ?? true
    }

    /// How reports and plans name it.
    package var name: String {
        guard let selectorText else { return workload.description }
        return workload.description == "*/*" ? selectorText : "\(workload) (\(selectorText))"
    }
}
