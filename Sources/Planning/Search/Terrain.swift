import ClusterModel

/// The cluster by number: what nodes offer, what pods ask, where pods may stand.
struct Terrain {
    let cluster: Cluster
    let nodeIndex: [String: Int]
    /// Names of the resources, the place of each in a row of amounts.
    let resources: [String]
    /// By node and resource.
    let capacity: AmountTable
    /// By pod and resource.
    let requests: AmountTable
    /// By node and resource: what all unfinished pods there request.
    private(set) var load: AmountTable
    /// By node and resource: what stays there when the node is drained.
    private(set) var fixed: AmountTable
    /// By pod: the node it stands on.
    private(set) var home: [Int?]
    /// By node: the pods that a drain evicts.
    private(set) var movers: [[Int]]
    /// By node: the scheduler may place pods there.
    let isOpen: [Bool]
    /// By node: the number of its zone.
    let zone: [Int]
    let places: PlaceRules
    /// By resource: one over what a node has of it on average.
    let scale: [Double]
    /// By pod: its share of an average node, all resources together.
    let size: [Double]

    init(_ cluster: Cluster) {
        self.cluster = cluster
        nodeIndex = Dictionary(zip(cluster.nodes.map(\.name), 0...), uniquingKeysWith: { first, _ in first })
        let extended = Set(cluster.nodes.flatMap(\.allocatable.extended.keys))
            .union(cluster.pods.lazy.flatMap(\.requests.extended.keys))
        let names = ["cpu", "memory", "ephemeral-storage", "pods"] + extended.sorted()
        resources = names
        capacity = AmountTable(cluster.nodes.map(\.allocatable), names: names)
        requests = AmountTable(cluster.pods.map(\.requests), names: names)
        load = AmountTable(rows: cluster.nodes.count, width: names.count)
        fixed = load
        home = Array(repeating: nil, count: cluster.pods.count)
        movers = Array(repeating: [], count: cluster.nodes.count)
        isOpen = cluster.nodes.map { $0.ready && !$0.unschedulable }
        let zones = Set(cluster.nodes.map { $0.zone ?? "" }).sorted()
        let numbers = Dictionary(uniqueKeysWithValues: zip(zones, 0...))
        zone = cluster.nodes.map { numbers[$0.zone ?? ""] ?? 0 }
        places = PlaceRules(cluster, isOpen: isOpen)
        let scale = capacity.sums().map { $0 > 0 ? Double(cluster.nodes.count) / Double($0) : 0 }
        self.scale = scale
        size = requests.weighted(by: scale)
        for (index, pod) in cluster.pods.enumerated() where !pod.isFinished { settle(index, pod) }
    }

    private mutating func settle(_ index: Int, _ pod: Pod) {
        guard let name = pod.node, let node = nodeIndex[name] else { return }
        home[index] = node
        load.add(requests, index, to: node)
        if pod.terminating { return }
        if pod.isDaemon || pod.isMirror {
            fixed.add(requests, index, to: node)
        } else {
            movers[node].append(index)
        }
    }

    func pod(_ index: Int) -> Pod { cluster.pods[index] }
    func node(_ index: Int) -> Node { cluster.nodes[index] }
}
