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

    /// One at a time in their order; a node that finds no room is tried again after the others.
    private mutating func serviceControlPlane() {
        var remaining = task.controlPlane
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

    private mutating func rank() {
        waiting = ranking.order(waiting, in: state)
        for (place, node) in waiting.enumerated() { state.lateness[node] = place }
    }

    private mutating func buildWave() -> DraftWave? {
        let isPatient = style.isPatient && enough < .max
        if let opening = openingOrder() {
            fill(from: opening, WaveState.Reach(), patience: .max, upTo: isPatient ? 1 : task.maxOut)
            if isPatient { fill(from: opening, WaveState.Reach(), patience: .max, upTo: nodesNeeded) }
        } else if style.isThrifty {
            fillThriftily()
        }
        if state.wave.nodes.isEmpty { fill(from: waiting, WaveState.Reach(), patience: patience, upTo: 1) }
        let most = isPatient ? nodesNeeded : task.maxOut
        fill(from: waiting, WaveState.Reach(), patience: patience, upTo: most)
        if state.wave.nodes.isEmpty { fill(from: waiting, WaveState.Reach(mayCrowd: true), patience: 0, upTo: most) }
        return state.wave.nodes.isEmpty ? nil : state.finish(isControlPlane: false)
    }

    /// How many nodes this wave must take because the waves after it could not.
    private var nodesNeeded: Int {
        guard let first = state.wave.nodes.first else { return 1 }
        func waves(_ count: Int) -> Int { (count + task.maxOut - 1) / task.maxOut }
        var later = enough - draft.waves.count - 1
        var here = waiting.count
        if task.oneZoneAtATime {
            var zones: [Int: Int] = [:]
            for node in waiting { zones[terrain.zone[node], default: 0] += 1 }
            here = zones.removeValue(forKey: terrain.zone[first]) ?? 0
            later -= zones.values.reduce(0) { $0 + waves($1) }
        }
        return min(task.maxOut, max(1, here - max(0, later) * task.maxOut))
    }

    /// Nodes to prefer in this wave because of how the style opens, if any.
    private func openingOrder() -> [Int]? {
        switch style.opening {
        case .asOrdered: return nil
        case .emptiest:
            if draft.waves.contains(where: { !$0.isControlPlane }) { return nil }
            let keyed = waiting.map { (node: $0, weight: Double(state.residents[$0].count) + 3 * ranking.chance[$0]) }
            return keyed.sorted { ($0.weight, $0.node) < ($1.weight, $1.node) }.map(\.node)
        case .allEmpty:
            let empty = waiting.filter { state.residents[$0].isEmpty }
            return empty.isEmpty ? nil : empty
        }
    }

    /// Nodes whose pods move only once, and those that cannot wait.
    private mutating func fillThriftily() {
        let wavesLeft = (waiting.count + task.maxOut - 1) / task.maxOut
        var failures = 0
        for node in waiting where state.phase[node] == .waiting && state.mayJoin(node) {
            let isUrgent = ranking.pressure(of: node, in: state) >= Double(wavesLeft)
            if state.join(node, WaveState.Reach(settledOnly: !isUrgent)) {
                if state.wave.nodes.count >= task.maxOut { return }
            } else {
                failures += 1
                if failures > patience + 5 * task.maxOut { return }
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
