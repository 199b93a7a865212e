import ClusterModel

/// Builds the waves of one style, one after another.
struct WaveSearch {
    private let style: SearchStyle
    private let task: DrainTask
    private let terrain: Terrain
    private var state: WaveState
    private var waiting: [Int]
    private var ranking: NodeRanking
    private var draft = Draft()
    /// Waves beyond this are of no use.
    private let enough: Int

    init(start: WaveState, style: SearchStyle, enough: Int) {
        self.style = style
        self.enough = enough
        task = start.task
        terrain = start.terrain
        state = start
        waiting = start.task.workers
        ranking = NodeRanking(start, style: style)
    }

    /// - Returns: the draft and where it left the pods; nil where it became longer than what is known already.
    mutating func run() -> (Draft, WaveState)? {
        rank()
        serviceControlPlane()
        if !draft.left.isEmpty && task.controlPlaneFirst {
            draft.workersWait = true
            return (draft, state)
        }
        rank()
        var sinceRanking = 0
        while !waiting.isEmpty {
            if draft.waves.count >= enough { return nil }
            guard let wave = buildWave() else { break }
            draft.waves.append(wave)
            let gone = Set(wave.nodes)
            waiting.removeAll { gone.contains($0) }
            sinceRanking += gone.count
            if sinceRanking * 200 >= waiting.count {
                rank()
                sinceRanking = 0
            }
        }
        draft.left += waiting
        return (draft, state)
    }

    /// One at a time in their order, leaders last; a node that finds no room is tried again after the others.
    private mutating func serviceControlPlane() {
        for isLeader in [false, true] {
            var remaining = task.controlPlane.filter { task.leaders.contains($0) == isLeader }
            while true {
                let before = remaining.count
                remaining = remaining.filter { node in
                    guard state.join(node, WaveState.Reach(mayCrowd: true)) else { return true }
                    draft.waves.append(state.finish(isControlPlane: true))
                    return false
                }
                if remaining.isEmpty || remaining.count == before { break }
            }
            draft.left += remaining
        }
    }

    private mutating func rank() {
        waiting = ranking.order(waiting, in: state)
        for (place, node) in waiting.enumerated() { state.lateness[node] = place }
    }

    private var isFirstOfWorkers: Bool { !draft.waves.contains { !$0.isControlPlane } }

    private mutating func buildWave() -> DraftWave? {
        let isCanary = task.canary != nil && isFirstOfWorkers
        let limit = task.most(isFirstOfWorkers: isFirstOfWorkers)
        let isPatient = style.isPatient && enough < .max
        if let opening = openingOrder() {
            fill(from: opening, WaveState.Reach(), patience: .max, upTo: isPatient ? 1 : limit)
            if isPatient { fill(from: opening, WaveState.Reach(), patience: .max, upTo: min(limit, nodesNeeded)) }
        } else if style.isThrifty {
            fillThriftily(upTo: limit)
        }
        if state.wave.nodes.isEmpty { fill(from: waiting, WaveState.Reach(), patience: patience, upTo: 1) }
        let most = isPatient ? min(limit, nodesNeeded) : limit
        fill(from: waiting, WaveState.Reach(), patience: patience, upTo: most)
        if state.wave.nodes.isEmpty { fill(from: waiting, WaveState.Reach(mayCrowd: true), patience: 0, upTo: most) }
        if state.wave.nodes.isEmpty { startTogether(upTo: limit) }
        return state.wave.nodes.isEmpty ? nil : state.finish(isControlPlane: false, isCanary: isCanary)
    }

    /// Begins a wave with nodes of which none can leave by itself, as rules between pods may have it.
    private mutating func startTogether(upTo limit: Int) {
        if terrain.relations.isTrivial || limit < 2 || waiting.count > 200 { return }
        for group in Companions.groups(of: waiting, in: state, upTo: limit) where state.mayJoin(together: group) {
            if state.join(group, WaveState.Reach(mayCrowd: true)) { return }
        }
    }

    /// How many nodes this wave must take because the waves after it could not.
    private var nodesNeeded: Int {
        guard let first = state.wave.nodes.first else { return 1 }
        func waves(_ count: Int) -> Int { (count + task.limits.maxOut - 1) / task.limits.maxOut }
        var later = enough - draft.waves.count - 1
        var here = waiting.count
        if task.limits.oneZoneAtATime {
            var zones: [Int: Int] = [:]
            for node in waiting { zones[terrain.zone[node], default: 0] += 1 }
            here = zones.removeValue(forKey: terrain.zone[first]) ?? 0
            later -= zones.values.reduce(0) { $0 + waves($1) }
        }
        return min(task.limits.maxOut, max(1, here - max(0, later) * task.limits.maxOut))
    }

    /// Nodes to prefer in this wave because of how the style opens, if any.
    private func openingOrder() -> [Int]? {
        switch style.opening {
        case .asOrdered: return nil
        case .emptiest:
            if !isFirstOfWorkers { return nil }
            let keyed = waiting.map { (node: $0, weight: Double(state.residents[$0].count) + 3 * ranking.chance[$0]) }
            return keyed.sorted { ($0.weight, $0.node) < ($1.weight, $1.node) }.map(\.node)
        case .allEmpty:
            let empty = waiting.filter { state.residents[$0].isEmpty }
            return empty.isEmpty ? nil : empty
        }
    }

    /// Nodes whose pods move only once, and those that cannot wait.
    private mutating func fillThriftily(upTo most: Int) {
        let wavesLeft = (waiting.count + task.limits.maxOut - 1) / task.limits.maxOut
        var failures = 0
        for node in waiting where state.phase[node] == .waiting && state.mayJoin(node) {
            let isUrgent = ranking.pressure(of: node, in: state) >= Double(wavesLeft)
            if state.join(node, WaveState.Reach(settledOnly: !isUrgent)) {
                if state.wave.nodes.count >= most { return }
            } else {
                failures += 1
                if failures > patience + 2 * task.limits.maxOut { return }
            }
        }
    }

    /// - Parameters:
    ///   - patience: failures for want of room to bear once the wave has a node.
    ///   - most: how many nodes the wave may have in the end.
    private mutating func fill(from nodes: [Int], _ reach: WaveState.Reach, patience: Int, upTo most: Int) {
        if state.wave.nodes.count >= most { return }
        var failures = 0
        for node in nodes where state.phase[node] == .waiting && state.mayJoin(node) {
            if state.join(node, reach) {
                if state.wave.nodes.count >= most { return }
            } else {
                failures += 1
                if failures > patience && !state.wave.nodes.isEmpty { return }
            }
        }
    }

    private var patience: Int { terrain.cluster.nodes.count <= 300 ? 1_000_000 : 40 }
}
