import ClusterModel

/// Where every pod stands while waves are tried, and the wave in the making.
struct WaveState {
    enum Phase {
        /// Leaves in a later wave: what lands here moves again.
        case waiting
        /// Never leaves, or has been serviced.
        case settled
        /// Leaves in the wave in the making.
        case out
    }

    let terrain: Terrain
    let ledger: BudgetLedger
    let task: DrainTask

    var phase: [Phase]
    /// By node and resource.
    var free: AmountTable
    /// By waiting node: the pods that its drain evicts.
    var residents: [[Int]]
    /// By waiting node: evictions by limit, ascending.
    var demand: [[(limit: Int, evictions: Int)]]
    /// By waiting node: higher leaves later.
    var lateness: [Int]
    var settledRoom: RoomIndex
    var waitingRoom: RoomIndex

    var wave = WaveInMaking()
    /// By pod: where it lands in this wave.
    var target: [Int?]
    /// By node: the pods that land here in this wave.
    var landed: [[Int]]
    /// By limit: evictions in this wave.
    var spent: [Int]

    init(terrain: Terrain, ledger: BudgetLedger, task: DrainTask) {
        self.terrain = terrain
        self.ledger = ledger
        self.task = task
        let count = terrain.cluster.nodes.count
        phase = Array(repeating: .settled, count: count)
        free = terrain.capacity
        residents = terrain.movers
        lateness = Array(repeating: 0, count: count)
        settledRoom = RoomIndex(nodes: count, width: terrain.resources.count)
        waitingRoom = settledRoom
        target = Array(repeating: nil, count: terrain.cluster.pods.count)
        landed = Array(repeating: [], count: count)
        spent = Array(repeating: 0, count: ledger.limits.count)
        demand = Array(repeating: [], count: count)
        for node in task.controlPlane + task.workers { phase[node] = .waiting }
        for node in 0..<count {
            free.subtract(terrain.load, node, from: node)
            refreshRoom(node)
            if phase[node] == .waiting { demand[node] = countDemand(residents[node]) }
        }
    }

    func countDemand(_ pods: [Int]) -> [(limit: Int, evictions: Int)] {
        var counts: [Int: Int] = [:]
        for pod in pods {
            if let limit = ledger.limit(of: pod) { counts[limit, default: 0] += 1 }
        }
        return counts.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    /// Rounds that the node needs by itself.
    func rounds(of node: Int) -> Int {
        demand[node].reduce(1) { max($0, ledger.limits[$1.limit].rounds(for: $1.evictions) ?? 1) }
    }

    /// Writes the room of a node into the index of its phase.
    mutating func refreshRoom(_ node: Int) {
        guard terrain.isOpen[node] else { return }
        switch phase[node] {
        case .waiting: waitingRoom.set(node, free)
        case .settled: settledRoom.set(node, free)
        case .out: waitingRoom.remove(node)
        }
    }

    mutating func occupy(_ node: Int, with pod: Int) {
        target[pod] = node
        landed[node].append(pod)
        free.subtract(terrain.requests, pod, from: node)
        refreshRoom(node)
    }

    mutating func vacate(_ pod: Int) {
        guard let node = target[pod] else { return }
        target[pod] = nil
        if let place = landed[node].lastIndex(of: pod) { landed[node].remove(at: place) }
        free.add(terrain.requests, pod, to: node)
        refreshRoom(node)
    }
}

/// The nodes chosen so far, and what they evict.
struct WaveInMaking {
    var nodes: [Int] = []
    var pods: [Int] = []
    /// By pod of `pods`, the node it comes from.
    var origins: [Int] = []
    var rounds = 1
    /// How often it has been tried to place the whole wave anew.
    var repacks = 0
    var touchedLimits: Set<Int> = []
}
