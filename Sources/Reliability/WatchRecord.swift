package import ClusterModel

/// What was seen of a cluster's things in a time.
package struct WatchRecord: Hashable, Sendable {
    /// When somebody looked.
    package var spans: [Interval] = []
    package var workloads: [WorkloadID: HealthTimeline] = [:]
    package var budgets: [BudgetID: HealthTimeline] = [:]
    /// Of each node whether it was Ready: one healthy of one wanted.
    package var nodes: [String: HealthTimeline] = [:]
    /// The workloads of each budget, over all time.
    package var selections: [BudgetID: [WorkloadID]] = [:]
    package var zones: [String: String] = [:]

    package init() {}
}
