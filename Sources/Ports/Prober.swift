package import ClusterModel
package import Playbooks
package import Reliability

/// Looks at a workload from outside, once.
package protocol Prober: Sendable {
    /// Never throws but for cancellation: what goes wrong on our side is a look that was missed.
    func look(_ probe: ProbeSettings) async throws -> ProbeLook
}

/// Where those who probe write down what they found.
package protocol ProbeLog: Sendable {
    /// Begins the looks of one process through one probe.
    func beginProbe(_ id: ProbeID, at instant: Instant) async throws -> Int64

    /// Writes times up and down, over what is known of the same ones, and the looks of the last minutes.
    func extendProbe(_ session: Int64, with spans: [ProbeSpan], looks: ProbeLooks, until instant: Instant) async throws
}
