import ClusterModel

/// Where every pod stands while waves are tried, and the wave in the making.
struct WaveState {
    enum Phase: UInt8 {
        /// Leaves in a later wave: what lands here moves again.
        case waiting
        /// Never leaves, or has been serviced.
        case settled
        /// Leaves in the wave in the making.
        case out
        /// Has left for good.
        case gone
    }

    /// A budget, and how many evictions a node's drain costs it.
    struct Demand {
        var limit: Int
        var evictions: Int
    }

    let terrain: Terrain
    let ledger: BudgetLedger
    private(set) var task: DrainTask

    var phase: [Phase]
    /// By node and resource.
    var free: AmountTable
    /// By node: the pods that its drain evicts.
    var residents: [[Int]]
    /// By pod: the node it stands on, or -1.
    var at: [Int]
    /// By waiting node: evictions by limit, ascending.
    var demand: [[Demand]]
    /// By waiting node: rounds that it needed when the pass began.
    private(set) var needed: [Int]
    /// By waiting node: higher leaves later.
    var lateness: [Int]
    var settledRoom: RoomIndex
    var waitingRoom: RoomIndex
    var relations: RelationCounts
    /// Rules left aside to learn what stands in the way.
    var relaxed: RelaxedRules = []

    var wave = WaveInMaking()
    /// By pod: where it lands in this wave, or -1.
    var target: [Int]
    /// By node: the pods that land here in this wave.
    var landed: [[Int]]
    /// By limit: evictions in this wave.
    var spent: [Int]
    /// By group of nodes with a limit of its own: how many are out.
    var outOfGroup: [Int]

    init(terrain: Terrain, ledger: BudgetLedger, task: DrainTask) {
        self.terrain = terrain
        self.ledger = ledger
        self.task = task
        let count = terrain.cluster.nodes.count
        phase = Array(repeating: .settled, count: count)
        free = terrain.capacity
        residents = terrain.movers
        at = terrain.home.map { $0 ?? -1 }
        lateness = Array(repeating: 0, count: count)
        needed = lateness
        settledRoom = RoomIndex(nodes: count, width: terrain.resources.count)
        waitingRoom = settledRoom
        relations = RelationCounts(terrain.relations, terrain.standing, nodes: count)
        target = Array(repeating: -1, count: terrain.cluster.pods.count)
        landed = Array(repeating: [], count: count)
        spent = Array(repeating: 0, count: ledger.limits.count)
        outOfGroup = Array(repeating: 0, count: task.limits.groups.count)
        demand = Array(repeating: [], count: count)
        for node in 0..<count { free.subtract(terrain.load, node, from: node) }
        begin(task)
    }

    /// Makes the state the start of another pass over nodes, with the pods where they are.
    mutating func begin(_ task: DrainTask) {
        self.task = task
        for node in phase.indices where phase[node] != .gone { phase[node] = .settled }
        for node in task.nodes { phase[node] = .waiting }
        outOfGroup = Array(repeating: 0, count: task.limits.groups.count)
        for node in phase.indices {
            demand[node] = phase[node] == .waiting ? countDemand(residents[node]) : []
            needed[node] = rounds(of: node)
            settledRoom.remove(node)
            waitingRoom.remove(node)
            refreshRoom(node)
        }
    }

    /// Few entries, so sorting them beats hashing.
    func countDemand(_ pods: [Int]) -> [Demand] {
        var limits: [Int] = []
        for pod in pods { ledger.forEachLimit(of: pod) { limits.append($0) } }
        if limits.count > 1 { limits.sort() }
        var result: [Demand] = []
        for limit in limits {
            if let last = result.indices.last, result[last].limit == limit {
                result[last].evictions += 1
            } else {
                result.append(Demand(limit: limit, evictions: 1))
            }
        }
        return result
    }

    /// Rounds that the node needs by itself.
    func rounds(of node: Int) -> Int {
        var rounds = 1
        for need in demand[node] {
            let allowed = ledger.allowed[need.limit]
            if allowed > 0 { rounds = max(rounds, (need.evictions + allowed - 1) / allowed) }
        }
        return rounds
    }

    /// Writes the room of a node into the index of its phase.
    mutating func refreshRoom(_ node: Int) {
        guard settledRoom.isUsed, terrain.isOpen[node] else { return }
        switch phase[node] {
        case .waiting: waitingRoom.set(node, free)
        case .settled: settledRoom.set(node, free)
        case .out, .gone: waitingRoom.remove(node)
        }
    }

    /// Puts a pod of the wave somewhere; on its own node, which is out, it waits.
    mutating func occupy(_ node: Int, with pod: Int) {
        target[pod] = node
        if phase[node] == .out {
            relations.wait(pod, on: node, by: 1)
            return
        }
        landed[node].append(pod)
        free.subtract(terrain.requests, pod, from: node)
        relations.stand(pod, on: node, by: 1)
        refreshRoom(node)
    }

    mutating func vacate(_ pod: Int) {
        let node = target[pod]
        if node < 0 { return }
        target[pod] = -1
        if phase[node] == .out && at[pod] == node {
            relations.wait(pod, on: node, by: -1)
            return
        }
        if let place = landed[node].lastIndex(of: pod) { landed[node].remove(at: place) }
        free.add(terrain.requests, pod, to: node)
        relations.stand(pod, on: node, by: -1)
        refreshRoom(node)
    }
}

/// The nodes chosen so far, and what they evict.
struct WaveInMaking {
    var nodes: [Int] = []
    /// Pods that need a place.
    var pods: [Int] = []
    /// Pods that nobody makes again.
    var ending: [Int] = []
    var rounds = 1
    /// How often it has been tried to place the whole wave anew.
    var repacks = 0
    var touchedLimits: Set<Int> = []
    /// Some of its pods have rules that only the whole wave can answer.
    var hasLateRules = false
}
