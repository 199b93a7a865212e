extension WaveState {
    /// Whether the policy and the budgets let `node` join the wave; the room is not looked at.
    func mayJoin(_ node: Int) -> Bool {
        guard let first = wave.nodes.first else { return true }
        if wave.nodes.count >= task.maxOut { return false }
        if task.oneZoneAtATime && terrain.zone[node] != terrain.zone[first] { return false }
        return demand[node].allSatisfy { limit, evictions in
            let allowed = ledger.limits[limit].allowed
            return evictions <= wave.rounds * allowed && spent[limit] + evictions <= wave.rounds * allowed
        }
    }

    /// Adds `node` to the wave if all that it evicts finds a place.
    mutating func join(_ node: Int, _ reach: Reach) -> Bool {
        let displaced = landed[node]
        phase[node] = .out
        refreshRoom(node)
        var log: [Placement] = []
        for pod in displaced {
            log.append(Placement(pod: pod, before: node))
            vacate(pod)
        }
        let joining = residents[node]
        if place(joining + displaced, reach, log: &log) != nil {
            rollBack(log)
            guard repack(with: joining, reach) else {
                phase[node] = .waiting
                refreshRoom(node)
                return false
            }
        }
        note(node, joining)
        return true
    }

    /// Places the whole wave anew; only for small waves, and not for ever.
    private mutating func repack(with joining: [Int], _ reach: Reach) -> Bool {
        if wave.pods.isEmpty || wave.pods.count > 200 || wave.repacks >= 24 { return false }
        wave.repacks += 1
        let all = wave.pods + joining
        var log = wave.pods.map { Placement(pod: $0, before: target[$0]) }
        for pod in wave.pods { vacate(pod) }
        if place(all, reach, log: &log) == nil { return true }
        rollBack(log)
        return false
    }

    private mutating func note(_ node: Int, _ joining: [Int]) {
        if wave.nodes.isEmpty { wave.rounds = rounds(of: node) }
        wave.nodes.append(node)
        wave.pods += joining
        wave.origins += Array(repeating: node, count: joining.count)
        for (limit, evictions) in demand[node] {
            spent[limit] += evictions
            wave.touchedLimits.insert(limit)
        }
    }

    /// Carries the wave out: moved pods sit on their targets, the nodes come back empty.
    mutating func finish(isControlPlane: Bool) -> DraftWave {
        var moves: [DraftWave.Move] = []
        for (pod, origin) in zip(wave.pods, wave.origins) {
            guard let node = target[pod] else { continue }
            moves.append(DraftWave.Move(pod: pod, from: origin, to: node))
            target[pod] = nil
            landed[node] = []
            if phase[node] == .waiting { residents[node].append(pod) }
        }
        for node in Set(moves.map(\.to)) where phase[node] == .waiting { demand[node] = countDemand(residents[node]) }
        for node in wave.nodes {
            residents[node] = []
            demand[node] = []
            phase[node] = .settled
            for column in 0..<free.width {
                free[node, column] = terrain.capacity[node, column] - terrain.fixed[node, column]
            }
            refreshRoom(node)
        }
        let spending = wave.touchedLimits.sorted().map { (limit: $0, evictions: spent[$0]) }
        for limit in wave.touchedLimits { spent[limit] = 0 }
        let nodes = wave.nodes.sorted()
        let rounds = wave.rounds
        wave = WaveInMaking()
        return DraftWave(
            nodes: nodes,
            rounds: rounds,
            moves: moves.sorted { ($0.from, $0.pod) < ($1.from, $1.pod) },
            spent: spending,
            isControlPlane: isControlPlane
        )
    }
}
