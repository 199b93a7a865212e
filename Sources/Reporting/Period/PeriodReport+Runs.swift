package import Rollout

extension PeriodReport {
    /// What was done: one run, as far as it lies in the period.
    package struct Run: Hashable, Sendable, Codable {
        package var id: String
        package var purpose: String
        package var startedBy: String
        package var startedAt: String
        /// Absent while the run goes on.
        package var endedAt: String?
        package var state: Report.Run.State
        package var reason: String?
        package var seconds: Double
        package var nodes: Int
        package var returned: Int
        package var failed: Int
        package var evictions: Int
        package var refusals: Int
        /// Attempts at steps beyond each one's first.
        package var retries: Int
        /// Between waves, until the next one's proof and gates held.
        package var secondsWaiting: Double
        package var nodeMeanTimeOut: Double?
        /// Evictions for each pod that the plan moves; absent before the run has finished.
        package var movesPerPod: Double?
        package var waves: [Wave]
        package var services: [Service]
    }

    package struct Wave: Hashable, Sendable, Codable {
        package var number: Int
        package var from: String
        package var to: String
        package var finished: Bool
    }

    /// A node's way out of service and back.
    package struct Service: Hashable, Sendable, Codable {
        package var node: String
        package var wave: Int
        package var state: NodePhase
        package var outOfService: Double
        package var drain: Double
        package var service: Double
        /// Parts of `service`.
        package var reboot: Double
        package var verify: Double
        package var `return`: Double
        package var recovery: Double
        package var evictions: Int
        package var spans: [Span]
    }

    package struct Span: Hashable, Sendable, Codable {
        package enum Part: String, Hashable, Sendable, Codable, CaseIterable {
            case drain, service, reboot, verify, `return`, recovery
        }

        package var part: Part
        package var from: String
        package var to: String
    }

    /// A playbook's step over all nodes and runs of the period.
    package struct Step: Hashable, Sendable, Codable {
        package var name: String
        package var count: Int
        package var failed: Int
        package var retries: Int
        package var secondsMean: Double
        package var secondsMedian: Double
        package var secondsLongest: Double
    }
}
