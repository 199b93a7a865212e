extension WaveState {
    /// Whether the policy and the budgets let `node` join the wave; the room is not looked at.
    func mayJoin(_ node: Int) -> Bool {
        for need in demand[node] where ledger.allowed[need.limit] == 0 { return false }
        guard let first = wave.nodes.first else { return true }
        if wave.nodes.count >= task.limits.maxOut { return false }
        if task.limits.oneZoneAtATime && terrain.zone[node] != terrain.zone[first] { return false }
        for group in task.limits.groupsOf[node] where outOfGroup[group] >= task.limits.groups[group].limit {
            return false
        }
        for need in demand[node] where spent[need.limit] + need.evictions > wave.rounds * ledger.allowed[need.limit] {
            return false
        }
        return true
    }

    /// Adds `node` to the wave if all that it evicts finds a place.
    mutating func join(_ node: Int, _ reach: Reach) -> Bool { join([node], reach) }

    /// Adds nodes that can only leave together.
    mutating func join(_ nodes: [Int], _ reach: Reach) -> Bool {
        let before = wave
        if wave.nodes.isEmpty { wave.rounds = relaxed.contains(.rounds) ? 1 : nodes.map { rounds(of: $0) }.max() ?? 1 }
        var log: [Placement] = []
        var joining: [Int] = []
        for node in nodes {
            for pod in landed[node] { log.append(Placement(pod: pod, before: node)) }
            joining += residents[node].filter { terrain.fate[$0] != .ends }
        }
        let displaced = log.map(\.pod)
        for pod in displaced { vacate(pod) }
        for node in nodes { takeOut(node) }
        if !wave.hasLateRules { wave.hasLateRules = joining.contains { relations.isJudgedLate($0) } }
        if placeAndJudge(joining + displaced, with: joining, reach, &log) {
            for node in nodes { note(node) }
            wave.pods += joining
            return true
        }
        rollBack(log) { state in for node in nodes.reversed() { state.putBack(node) } }
        let repacks = wave.repacks
        wave = before
        wave.repacks = repacks
        return false
    }

    /// Whether nodes that can only leave together may make a wave.
    func mayJoin(together nodes: [Int]) -> Bool {
        guard wave.nodes.isEmpty, nodes.count <= task.limits.maxOut else { return false }
        if task.limits.oneZoneAtATime, Set(nodes.map { terrain.zone[$0] }).count > 1 { return false }
        var groups: [Int: Int] = [:]
        var spending: [Int: Int] = [:]
        for node in nodes {
            for group in task.limits.groupsOf[node] { groups[group, default: 0] += 1 }
            for need in demand[node] { spending[need.limit, default: 0] += need.evictions }
        }
        let rounds = relaxed.contains(.rounds) ? .max / 1_000_000 : nodes.map { self.rounds(of: $0) }.max() ?? 1
        return groups.allSatisfy { $0.value <= task.limits.groups[$0.key].limit }
            && spending.allSatisfy { $0.value <= rounds * ledger.allowed[$0.key] }
    }

    private mutating func placeAndJudge(
        _ pods: [Int],
        with joining: [Int],
        _ reach: Reach,
        _ log: inout [Placement]
    ) -> Bool {
        let mark = log.count
        if place(pods, reach, log: &log) == nil, holdsTogether(with: joining) { return true }
        rollBack(&log, to: mark)
        return repack(with: joining, reach, &log)
    }

    /// Places the whole wave anew; only for small waves, and not for ever.
    private mutating func repack(with joining: [Int], _ reach: Reach, _ log: inout [Placement]) -> Bool {
        if wave.pods.isEmpty || wave.pods.count > 200 || wave.repacks >= 24 { return false }
        wave.repacks += 1
        let mark = log.count
        for pod in wave.pods where target[pod] >= 0 {
            log.append(Placement(pod: pod, before: target[pod]))
            vacate(pod)
        }
        if place(wave.pods + joining, reach, log: &log) == nil, holdsTogether(with: joining) { return true }
        rollBack(&log, to: mark)
        return false
    }

    /// The node's pods leave it; the places of others are not touched.
    mutating func takeOut(_ node: Int) {
        phase[node] = .out
        refreshRoom(node)
        if terrain.relations.isTrivial { return }
        for pod in residents[node] { relations.stand(pod, on: node, by: -1) }
        for pod in terrain.standing.leavers[node] where at[pod] == node { relations.anchor(pod, on: node, by: -1) }
        relations.hide(node, remaining: terrain.standing.fixtures[node], by: -1)
    }

    mutating func putBack(_ node: Int) {
        phase[node] = .waiting
        if !terrain.relations.isTrivial {
            relations.hide(node, remaining: terrain.standing.fixtures[node], by: 1)
            for pod in terrain.standing.leavers[node] where at[pod] == node { relations.anchor(pod, on: node, by: 1) }
            for pod in residents[node] { relations.stand(pod, on: node, by: 1) }
        }
        refreshRoom(node)
    }

    mutating func note(_ node: Int) {
        wave.nodes.append(node)
        wave.ending += residents[node].filter { terrain.fate[$0] == .ends }
        for group in task.limits.groupsOf[node] { outOfGroup[group] += 1 }
        for need in demand[node] {
            spent[need.limit] += need.evictions
            wave.touchedLimits.insert(need.limit)
        }
    }
}
