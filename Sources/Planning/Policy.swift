package import ClusterModel

/// What the operator allows a campaign to do.
package struct Policy: Hashable, Sendable {
    /// How many of the cluster's nodes may be out at once; a percentage is cut, but is never less than one node.
    package var maxOut: CountOrPercent
    /// All nodes of a wave stand in one zone.
    package var oneZoneAtATime: Bool
    /// How many pods of a workload without a budget may be down at once; nil sets no limit.
    ///
    /// Applies to Deployments, StatefulSets, ReplicaSets and ReplicationControllers.
    package var defaultBudget: CountOrPercent?

    package init(
        maxOut: CountOrPercent = .percent(10),
        oneZoneAtATime: Bool = false,
        defaultBudget: CountOrPercent? = .count(1)
    ) {
        self.maxOut = maxOut
        self.oneZoneAtATime = oneZoneAtATime
        self.defaultBudget = defaultBudget
    }

    /// The limit in nodes for a cluster of `nodes`.
    package func nodesOut(of nodes: Int) -> Int {
        switch maxOut {
        case .count(let count): max(1, count)
        case .percent(let percent): max(1, nodes * percent / 100)
        }
    }
}
