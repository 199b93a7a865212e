/// What no plan for the same nodes can do with less of; every bound is a proof, none an estimate.
struct PlanBounds {
    let bounds: Bounds

    init(terrain: Terrain, ledger: BudgetLedger, task: DrainTask) {
        let nodes = task.nodes
        let waves = max(
            task.controlPlane.count + Self.workerWaves(terrain, task),
            Self.roomWaves(terrain, nodes)
        )
        bounds = Bounds(
            waves: waves,
            rounds: max(waves, Self.budgetRounds(terrain, ledger, nodes)),
            evictions: Self.evictions(terrain, task)
        )
    }

    /// Every pod moves once; where there is no spare node, what the first wave evicts moves once more.
    private static func evictions(_ terrain: Terrain, _ task: DrainTask) -> Int {
        let once = task.nodes.reduce(0) { $0 + terrain.movers[$1].count }
        let planned = Set(task.nodes)
        let isSpareless = terrain.isOpen.indices.allSatisfy { !terrain.isOpen[$0] || planned.contains($0) }
        if !isSpareless || !task.returnsNodes { return once }
        let first = task.controlPlane.isEmpty ? task.workers : task.controlPlane
        return once
            + (first.map { node in terrain.movers[node].count { terrain.fate[$0] == .moves } }.min() ?? 0)
    }

    func areMet(by draft: Draft) -> Bool {
        let (left, waves, rounds, evictions) = (draft.left.count, draft.waves.count, draft.rounds, draft.evictions)
        return left == 0 && waves <= bounds.waves && rounds <= bounds.rounds && evictions <= bounds.evictions
    }

    /// So near that a big cluster is not searched again for what is left to win.
    func areNearlyMet(by draft: Draft) -> Bool {
        let (left, waves, rounds, evictions) = (draft.left.count, draft.waves.count, draft.rounds, draft.evictions)
        return left == 0 && waves <= bounds.waves && rounds <= bounds.rounds + 1 + bounds.rounds / 40
            && evictions <= bounds.evictions + bounds.evictions / (evictions > 50_000 ? 50 : 1000)
    }

    private static func workerWaves(_ terrain: Terrain, _ task: DrainTask) -> Int {
        func waves(_ count: Int, _ limit: Int) -> Int { (count + limit - 1) / limit }
        var most = waves(task.workers.count, task.limits.maxOut)
        if task.limits.oneZoneAtATime {
            var zones: [Int: Int] = [:]
            for node in task.workers { zones[terrain.zone[node], default: 0] += 1 }
            most = zones.values.reduce(0) { $0 + waves($1, task.limits.maxOut) }
        }
        if let canary = task.canary, !task.workers.isEmpty {
            most = max(most, 1 + waves(max(0, task.workers.count - max(1, canary)), task.limits.maxOut))
        }
        let workers = Set(task.workers)
        for group in task.limits.groups {
            most = max(most, waves(group.nodes.count { workers.contains($0) }, group.limit))
        }
        return most
    }

    /// A pod is evicted at least once, and r rounds let go r times what a budget allows.
    private static func budgetRounds(_ terrain: Terrain, _ ledger: BudgetLedger, _ nodes: [Int]) -> Int {
        var counts: [Int: Int] = [:]
        for pod in nodes.lazy.flatMap({ terrain.movers[$0] }) {
            ledger.forEachLimit(of: pod) { counts[$0, default: 0] += 1 }
        }
        return counts.reduce(0) { max($0, ledger.limits[$1.key].rounds(for: $1.value) ?? 0) }
    }

    /// What is out in a wave has to fit into what is free in all.
    ///
    /// Counts the nodes that pods may come to or leave. Holds for resources of which no such node is overdrawn.
    private static func roomWaves(_ terrain: Terrain, _ nodes: [Int]) -> Int {
        let planned = Set(nodes)
        let all = terrain.isOpen.indices.filter { terrain.isOpen[$0] || planned.contains($0) }
        return (0..<terrain.resources.count).reduce(nodes.isEmpty ? 0 : 1) { most, column in
            var leaving: Int64 = 0
            var free: Int64 = 0
            for node in all {
                let offer = max(0, terrain.capacity[node, column] - terrain.fixed[node, column])
                let moving = terrain.movers[node].reduce(0) { $0 + terrain.requests[$1, column] }
                if moving > offer { return most }
                free += offer - moving
                if planned.contains(node) { leaving += offer }
            }
            return free > 0 ? max(most, Int((leaving + free - 1) / free)) : most
        }
    }
}
