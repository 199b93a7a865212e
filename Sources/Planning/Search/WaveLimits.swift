import ClusterModel

/// How many nodes may be out at once, in all and of each group.
struct WaveLimits: Sendable {
    var maxOut: Int
    var oneZoneAtATime: Bool
    /// Groups of nodes with a limit of their own: zones, then pools.
    private(set) var groups: [(nodes: [Int], limit: Int)] = []
    /// By node: the groups it belongs to.
    private(set) var groupsOf: [[Int]]

    init(_ policy: Policy, _ cluster: Cluster) {
        maxOut = policy.nodesOut(of: cluster.nodes.count)
        oneZoneAtATime = policy.oneZoneAtATime
        groupsOf = Array(repeating: [], count: cluster.nodes.count)
        if let perZone = policy.perZone {
            let zones = Dictionary(grouping: cluster.nodes.indices) { cluster.nodes[$0].zone ?? "" }
            for (_, nodes) in zones.sorted(by: { $0.key < $1.key }) { add(nodes, perZone) }
        }
        for pool in policy.pools {
            add(cluster.nodes.indices.filter { pool.selector.matches(cluster.nodes[$0].labels) }, pool.maxOut)
        }
    }

    private mutating func add(_ nodes: [Int], _ value: CountOrPercent) {
        for node in nodes { groupsOf[node].append(groups.count) }
        groups.append((nodes, Policy.limit(value, of: nodes.count)))
    }
}

/// Which nodes are to leave in one pass, and how many at once.
struct DrainTask: Sendable {
    /// In the order in which they go.
    var controlPlane: [Int]
    var workers: [Int]
    var limits: WaveLimits
    /// Workers may go only after all of the control plane.
    var controlPlaneFirst: Bool
    /// These may go only after all other control-plane nodes of the pass that can.
    var leaders: Set<Int> = []
    /// How many workers the first wave of them may have, where it is a canary.
    var canary: Int?
    /// The nodes come back.
    var returnsNodes = true

    var nodes: [Int] { controlPlane + workers }

    /// How many nodes a wave may have at most.
    func most(isFirstOfWorkers: Bool) -> Int {
        guard let canary, isFirstOfWorkers else { return limits.maxOut }
        return min(limits.maxOut, max(1, canary))
    }
}
