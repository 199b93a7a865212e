import ClusterModel

/// The cluster by number: what nodes offer, what pods ask, where pods may stand.
final class Terrain: Sendable {
    let cluster: Cluster
    let nodeIndex: [String: Int]
    /// Names of the resources, the place of each in a row of amounts.
    let resources: [String]
    /// By node and resource.
    let capacity: AmountTable
    /// By pod and resource.
    let requests: AmountTable
    let standing: StandingPods
    /// By node: the scheduler may place pods there.
    let isOpen: [Bool]
    /// By node: the number of its zone.
    let zone: [Int]
    let zoneCount: Int
    let places: PlaceRules
    let relations: PodRelations
    /// By pod: what becomes of it when it is evicted.
    let fate: [PodFate]
    /// By resource: one over what a node has of it on average.
    let scale: [Double]
    /// By pod: its share of an average node, all resources together.
    let size: [Double]

    /// - Parameter returns: whether the nodes of the campaign come back.
    init(_ cluster: Cluster, waivers: Waivers, returns: Bool) {
        self.cluster = cluster
        nodeIndex = Dictionary(zip(cluster.nodes.map(\.name), 0...), uniquingKeysWith: { first, _ in first })
        var extended = Set(cluster.nodes.flatMap(\.allocatable.extended.keys))
        for pod in cluster.pods where !pod.requests.extended.isEmpty { extended.formUnion(pod.requests.extended.keys) }
        let names = ["cpu", "memory", "ephemeral-storage", "pods"] + extended.sorted()
        resources = names
        capacity = AmountTable(cluster.nodes.map(\.allocatable), names: names)
        requests = AmountTable(cluster.pods.map(\.requests), names: names)
        isOpen = cluster.nodes.map { $0.ready && !$0.unschedulable }
        let zones = Set(cluster.nodes.map { $0.zone ?? "" }).sorted()
        let numbers = Dictionary(uniqueKeysWithValues: zip(zones, 0...))
        zone = cluster.nodes.map { numbers[$0.zone ?? ""] ?? 0 }
        zoneCount = zones.count
        places = PlaceRules(cluster, isOpen: isOpen)
        let relations = PodRelationsBuilder.relations(of: cluster)
        self.relations = relations
        let scale = capacity.sums().map { $0 > 0 ? Double(cluster.nodes.count) / Double($0) : 0 }
        self.scale = scale
        size = requests.weighted(by: scale)
        fate = cluster.pods.map { waivers.fate(of: $0, onNode: $0.node ?? "", returns: returns) }
        standing = StandingPods(cluster, nodeIndex, requests, relations)
    }

    func pod(_ index: Int) -> Pod { cluster.pods[index] }
    func node(_ index: Int) -> Node { cluster.nodes[index] }

    var home: [Int?] { standing.home }
    var movers: [[Int]] { standing.movers }
    var load: AmountTable { standing.load }
    var fixed: AmountTable { standing.fixed }
}

/// Where the pods of a cluster stand before anything is moved.
struct StandingPods: Sendable {
    /// By pod: the node it stands on.
    private(set) var home: [Int?]
    /// By node: the pods that a drain evicts.
    private(set) var movers: [[Int]]
    /// By node and resource: what all unfinished pods there request.
    private(set) var load: AmountTable
    /// By node and resource: what stays there when the node is drained.
    private(set) var fixed: AmountTable
    /// By node: pods that a drain leaves alone and that have rules about others; daemons and mirrors.
    private(set) var fixtures: [[Int]]
    /// By node: the same of pods on their way out.
    private(set) var leavers: [[Int]]
    /// The row of all counts of the rules between pods.
    private(set) var counts: [Int32]
    /// By tally: its counts together, and with those pods that stand nowhere.
    private(set) var totals: [Int32]

    fileprivate init(
        _ cluster: Cluster,
        _ nodeIndex: [String: Int],
        _ requests: AmountTable,
        _ relations: PodRelations
    ) {
        let nodes = cluster.nodes.count
        load = AmountTable(rows: nodes, width: requests.width)
        fixed = load
        home = Array(repeating: nil, count: cluster.pods.count)
        movers = Array(repeating: [], count: nodes)
        fixtures = movers
        leavers = movers
        counts = Array(repeating: 0, count: relations.width)
        totals = Array(repeating: 0, count: relations.tallies.count)
        for (index, pod) in cluster.pods.enumerated() where !pod.isFinished {
            let node = pod.node.flatMap { nodeIndex[$0] }
            count(index, on: node, relations)
            if let node { settle(index, pod, node, requests, relations) }
        }
    }

    private mutating func settle(
        _ index: Int,
        _ pod: Pod,
        _ node: Int,
        _ requests: AmountTable,
        _ relations: PodRelations
    ) {
        home[index] = node
        load.add(requests, index, to: node)
        let isOrdinary = relations.kindOf[index] == 0
        if pod.isDaemon || pod.isMirror {
            if !pod.terminating { fixed.add(requests, index, to: node) }
            if !isOrdinary { pod.terminating ? leavers[node].append(index) : fixtures[node].append(index) }
        } else if pod.terminating {
            if !isOrdinary { leavers[node].append(index) }
        } else {
            movers[node].append(index)
        }
    }

    private mutating func count(_ pod: Int, on node: Int?, _ relations: PodRelations) {
        if relations.kindOf[pod] == 0 { return }
        let kind = relations.kinds[Int(relations.kindOf[pod])]
        for tally in kind.anchors { totals[tally] += 1 }
        guard let node else { return }
        for tally in kind.adds { totals[tally] += 1 }
        for tally in kind.adds + kind.anchors {
            let place = relations.place(tally, node)
            if place >= 0 { counts[place] += 1 }
        }
    }
}
