package import ClusterModel

/// What a long-running observer saw of one thing, from a moment on.
package struct Observation: Hashable, Sendable {
    package enum Subject: Hashable, Sendable {
        case workload(WorkloadID)
        case budget(BudgetID)
        case node(String)
    }

    package var at: Instant
    package var subject: Subject
    /// Healthy pods; of a node 1 while it is Ready, else 0.
    package var healthy: Int
    /// What there should be; of a node 1 while the cluster has it, 0 of a thing that is gone.
    package var wanted: Int
    /// The workloads whose pods a budget selects.
    package var workloads: [WorkloadID]
    /// The zone of a node.
    package var zone: String?

    package init(
        at: Instant,
        subject: Subject,
        healthy: Int,
        wanted: Int,
        workloads: [WorkloadID] = [],
        zone: String? = nil
    ) {
        self.at = at
        self.subject = subject
        self.healthy = healthy
        self.wanted = wanted
        self.workloads = workloads
        self.zone = zone
    }
}

/// Where a long-running observer writes down what it sees.
///
/// It looks in spans: each begins with a look at everything and holds as far as it was last extended. Between spans
/// nobody looked, so a process that dies leaves no more than what it had vouched for.
package protocol ObservationLog: Sendable {
    /// The newest observation of each thing.
    func latest() async throws -> [Observation]

    /// Opens a span with a look at everything, of which `changed` is what differs from the newest observations.
    func beginSpan(_ changed: [Observation], at instant: Instant) async throws -> Int64

    /// Adds what changed, and vouches for the time up to `instant`, in one step.
    func extendSpan(_ span: Int64, with changed: [Observation], until instant: Instant) async throws

    /// Writes down what the pods of each workload have in common.
    func note(labels: [WorkloadID: Labels]) async throws

    /// Forgets what was seen before `instant`, but for what still holds then.
    func forget(before instant: Instant) async throws
}
