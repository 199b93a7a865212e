package import Rollout

/// What a run did and what was felt of it: the result of `report`, also as JSON.
///
/// `docs/report.schema.json` describes the JSON, `docs/metrics.md` each figure. Times of day are RFC 3339 in UTC,
/// lengths are seconds.
package struct Report: Hashable, Sendable, Codable {
    package var run: Run
    /// In the plan's order.
    package var nodes: [Node]
    /// Those that felt something first, the most down leading; then by namespace and name.
    package var workloads: [Workload]
    /// Pods that the API server let go.
    package var evictions: Int
    /// Evictions that it refused for the moment.
    package var refusals: Int
    /// Mean length of the outages; nil where there was none.
    package var mttr: Double?
    /// Evictions for each pod that the plan moves; nil before the run has finished, and where it moves none.
    package var movesPerPod: Double?
    /// Mean time a node was out of service; nil where none was.
    package var nodeMeanTimeOut: Double?
    package var totals: Totals
    /// What workloads looked like from outside; by workload and name.
    package var probes: [PeriodReport.Probe]

    package struct Run: Hashable, Sendable, Codable {
        package enum State: String, Hashable, Sendable, Codable, CaseIterable {
            case finished
            /// It stopped by itself.
            case halted
            /// It has not ended; one that was killed looks so too, until it is resumed.
            case running
            /// Somebody asked it to stop, and it has.
            case interrupted
        }

        package var id: String
        package var cluster: String
        package var startedAt: String
        package var startedBy: String
        package var endedAt: String?
        package var state: State
        /// Why it stopped before its end.
        package var reason: String?
    }

    package struct Node: Hashable, Sendable, Codable {
        package var node: String
        package var wave: Int
        package var state: NodePhase
        /// From cordon to uncordon.
        package var outOfService: Double
        /// From cordon to drained.
        package var drain: Double
        /// From drained to verified, with the next two in it.
        package var service: Double
        /// From the order to reboot to the end of its step.
        package var reboot: Double
        /// From the end of the last step to verified.
        package var verify: Double
        /// From verified to uncordon.
        package var `return`: Double
        /// From uncordon until what its wave had carried is as healthy as before; no part of `outOfService`.
        package var recovery: Double
        /// Pods that it was emptied of.
        package var evictions: Int
        package var steps: [Step]
    }

    package struct Step: Hashable, Sendable, Codable {
        package var name: String
        /// How it ended the last time.
        package var outcome: StepReport.Outcome
        /// Over all times it was begun.
        package var attempts: Int
        /// Of all times together.
        package var seconds: Double
    }

    package struct Workload: Hashable, Sendable, Codable {
        /// `NAMESPACE/NAME`
        package var workload: String
        package var kind: String
        package var hasBudget: Bool
        /// `NAMESPACE/NAME` of the budgets that select pods of it, sorted.
        package var budgets: [String]
        /// While any of its budgets had fewer healthy pods than it is to keep.
        package var secondsBelowBudget: Double
        /// While it had no healthy pod though it wants some.
        package var secondsDown: Double
        /// While nobody could look, from the first look on.
        package var secondsUnobserved: Double
        package var outages: Int

        package var feltSomething: Bool { secondsBelowBudget > 0 || secondsDown > 0 }
    }

    package struct Totals: Hashable, Sendable, Codable {
        /// That the plan takes out of service.
        package var nodes: Int
        /// Back in service, and serviced.
        package var returned: Int
        package var failed: Int
        /// Waves that were finished.
        package var waves: Int
        package var evictions: Int
        /// Summed over the workloads.
        package var secondsBelowBudget: Double
        /// Summed over the workloads.
        package var secondsDown: Double
        package var duration: Double
    }

    /// Writes null for a mean of nothing, where a synthesised encoding would leave the key out.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(run, forKey: .run)
        try container.encode(nodes, forKey: .nodes)
        try container.encode(workloads, forKey: .workloads)
        try container.encode(evictions, forKey: .evictions)
        try container.encode(refusals, forKey: .refusals)
        try container.encode(mttr, forKey: .mttr)
        try container.encode(movesPerPod, forKey: .movesPerPod)
        try container.encode(nodeMeanTimeOut, forKey: .nodeMeanTimeOut)
        try container.encode(totals, forKey: .totals)
        try container.encode(probes, forKey: .probes)
    }
}
