package import ClusterModel

/// What the operator allows a campaign to do.
package struct Policy: Hashable, Sendable {
    /// How many of the cluster's nodes may be out at once; a percentage is cut, but is never less than one node.
    package var maxOut: CountOrPercent
    /// How many nodes of one zone may be out at once; nil sets no limit. A percentage is of that zone's nodes.
    package var perZone: CountOrPercent?
    /// Limits for pools of nodes; a node may be in several.
    package var pools: [PoolLimit]
    /// All nodes of a wave stand in one zone.
    package var oneZoneAtATime: Bool
    /// How many pods of a workload without a budget may be down at once; nil sets no limit.
    ///
    /// Applies to Deployments, StatefulSets, ReplicaSets and ReplicationControllers.
    package var defaultBudget: CountOrPercent?
    /// A small first wave of workers that is watched before the others follow.
    package var canary: Canary?
    package var jobs: JobPolicy
    /// Nodes still to come ask the scheduler to prefer others, so that pods land where they may stay.
    package var steering: Bool
    /// Obstacles that somebody has answered for.
    package var waivers: [Waiver]

    package init(
        maxOut: CountOrPercent = .percent(10),
        perZone: CountOrPercent? = nil,
        pools: [PoolLimit] = [],
        oneZoneAtATime: Bool = false,
        defaultBudget: CountOrPercent? = .count(1),
        canary: Canary? = nil,
        jobs: JobPolicy = .evict,
        steering: Bool = true,
        waivers: [Waiver] = []
    ) {
        self.maxOut = maxOut
        self.perZone = perZone
        self.pools = pools
        self.oneZoneAtATime = oneZoneAtATime
        self.defaultBudget = defaultBudget
        self.canary = canary
        self.jobs = jobs
        self.steering = steering
        self.waivers = waivers
    }

    /// The limit in nodes for a cluster of `nodes`.
    package func nodesOut(of nodes: Int) -> Int { Self.limit(maxOut, of: nodes) }

    /// The limit in nodes that `value` sets for a group of `nodes`: at least one.
    package static func limit(_ value: CountOrPercent, of nodes: Int) -> Int {
        switch value {
        case .count(let count): max(1, count)
        case .percent(let percent): max(1, nodes * percent / 100)
        }
    }
}

/// How many nodes of a pool may be out at once.
package struct PoolLimit: Hashable, Sendable {
    /// Which nodes make the pool.
    package var selector: LabelSelector
    /// A percentage is of the pool's nodes.
    package var maxOut: CountOrPercent

    package init(selector: LabelSelector, maxOut: CountOrPercent) {
        self.selector = selector
        self.maxOut = maxOut
    }
}

/// The first wave of workers, kept small.
package struct Canary: Hashable, Sendable {
    /// At most this many nodes.
    package var nodes: Int
    /// How long the wave is watched after it has come back.
    package var soak: Duration

    package init(nodes: Int, soak: Duration) {
        self.nodes = nodes
        self.soak = soak
    }
}

/// What a drain does with the pods of Jobs.
package enum JobPolicy: Hashable, Sendable {
    /// They are evicted as others are; the Job begins them anew.
    case evict
    /// They are waited for this long, then evicted.
    case wait(upTo: Duration)
}
