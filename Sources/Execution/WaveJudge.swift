package import ClusterModel
package import Planning
package import Rollout

/// Says whether a wave may start on the cluster as it is.
package protocol WaveJudge: Sendable {
    /// - Parameters:
    ///   - remaining: all nodes that are still to come, those of the wave first.
    ///   - settled: nodes that have been serviced.
    func verdict(on wave: Wave, remaining: [String], settled: Set<String>, in cluster: Cluster) -> WaveVerdict

    /// Which node may start by itself, of an eager campaign; nil where none may now.
    func guest(of party: WaveParty, in cluster: Cluster) -> String?
}

extension WaveJudge {
    package func guest(of party: WaveParty, in cluster: Cluster) -> String? { nil }
}

/// Nodes that are out, and those that might start beside them.
package struct WaveParty: Hashable, Sendable {
    /// In the order in which they are to be tried.
    package var candidates: [String]
    /// All that are out, or about to be.
    package var out: [String]
    /// Those of `out` that pods may still have to leave.
    package var draining: [String]
    /// What the present wave brings its nodes to; nil where that is the campaign's wish, or none.
    package var version: Version?
    /// All that are still to come, the candidates included.
    package var remaining: [String]
    /// Nodes that have been serviced.
    package var settled: Set<String>

    package init(
        candidates: [String],
        out: [String],
        draining: [String],
        version: Version?,
        remaining: [String],
        settled: Set<String>
    ) {
        self.candidates = candidates
        self.out = out
        self.draining = draining
        self.version = version
        self.remaining = remaining
        self.settled = settled
    }
}

package enum WaveVerdict: Hashable, Sendable {
    /// Its proof holds.
    case holds
    /// Its proof does not hold, but these waves for all that remains have one.
    case replaced(reason: String, by: [PlannedWave])
    /// Nothing can be proven now.
    case refuted(reason: String)
}
