package import ClusterModel
package import Rollout

/// Where a run writes down what it is about to do and what came of it.
///
/// What these calls have returned from is on the disk, except for samples, which may be written a little later.
package protocol RunJournal: Sendable {
    func begin(_ run: RunRecord) async throws
    /// Writes the intent before its effect.
    func intend(_ effect: Effect, run: String, at instant: Instant) async throws
    /// Writes an outcome.
    func record(_ event: Event, run: String, at instant: Instant) async throws
    /// Writes what was seen of the workloads' health.
    func observe(_ samples: [HealthSample], run: String) async throws

    /// The runs there are, the newest first.
    func runs() async throws -> [RunRecord]
    /// A run's events in the order they were written.
    func events(of run: String) async throws -> [RecordedEvent]
    func samples(of run: String) async throws -> [HealthSample]
}

/// Who runs what, since when.
package struct RunRecord: Hashable, Sendable, Codable {
    package var id: String
    package var startedAt: Instant
    /// USER@HOST that began it.
    package var startedBy: String
    /// The cluster's name, for people.
    package var cluster: String
    /// The plan file's content.
    package var plan: String

    package init(id: String, startedAt: Instant, startedBy: String, cluster: String, plan: String) {
        self.id = id
        self.startedAt = startedAt
        self.startedBy = startedBy
        self.cluster = cluster
        self.plan = plan
    }
}

package struct RecordedEvent: Hashable, Sendable, Codable {
    package var at: Instant
    package var event: Event

    package init(at: Instant, event: Event) {
        self.at = at
        self.event = event
    }
}

/// What was seen of a workload, or of a budget, from a moment on.
package struct HealthSample: Hashable, Sendable, Codable {
    package enum Subject: Hashable, Sendable, Codable {
        case workload(WorkloadID)
        case budget(BudgetID)
    }

    package var at: Instant
    package var subject: Subject
    /// Pods that are Ready and not on their way out.
    package var healthy: Int
    /// What a workload wants to have, or a budget wants to keep.
    package var wanted: Int
    /// The workloads whose pods a budget selects; empty for a workload.
    package var workloads: [WorkloadID]
    /// False from the moment on at which nobody could look; the numbers then say nothing.
    package var observed: Bool

    package init(
        at: Instant,
        subject: Subject,
        healthy: Int,
        wanted: Int,
        workloads: [WorkloadID] = [],
        observed: Bool = true
    ) {
        self.at = at
        self.subject = subject
        self.healthy = healthy
        self.wanted = wanted
        self.workloads = workloads
        self.observed = observed
    }
}
