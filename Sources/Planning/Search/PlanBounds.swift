/// What no plan for the same nodes can do with less of; every bound is a proof, none an estimate.
struct PlanBounds {
    let bounds: Bounds

    init(terrain: Terrain, ledger: BudgetLedger, task: DrainTask) {
        let nodes = task.controlPlane + task.workers
        let waves = max(
            task.controlPlane.count + Self.workerWaves(terrain, task),
            Self.roomWaves(terrain, nodes)
        )
        var evictions = nodes.reduce(0) { $0 + terrain.movers[$1].count }
        let planned = Set(nodes)
        let isSpareless = terrain.isOpen.indices.allSatisfy { !terrain.isOpen[$0] || planned.contains($0) }
        if isSpareless {
            let first = task.controlPlane.isEmpty ? task.workers : task.controlPlane
            evictions += first.map { terrain.movers[$0].count }.min() ?? 0
        }
        bounds = Bounds(
            waves: waves,
            rounds: max(waves, Self.budgetRounds(terrain, ledger, nodes)),
            evictions: evictions
        )
    }

    func areMet(by draft: Draft) -> Bool {
        let (left, waves, rounds, evictions) = draft.cost
        return left == 0 && waves <= bounds.waves && rounds <= bounds.rounds && evictions <= bounds.evictions
    }

    private static func workerWaves(_ terrain: Terrain, _ task: DrainTask) -> Int {
        func waves(_ count: Int) -> Int { (count + task.maxOut - 1) / task.maxOut }
        if !task.oneZoneAtATime { return waves(task.workers.count) }
        var zones: [Int: Int] = [:]
        for node in task.workers { zones[terrain.zone[node], default: 0] += 1 }
        return zones.values.reduce(0) { $0 + waves($1) }
    }

    /// A pod is evicted at least once, and r rounds let go r times what a budget allows.
    private static func budgetRounds(_ terrain: Terrain, _ ledger: BudgetLedger, _ nodes: [Int]) -> Int {
        var counts: [Int: Int] = [:]
        for pod in nodes.lazy.flatMap({ terrain.movers[$0] }) {
            if let limit = ledger.limit(of: pod) { counts[limit, default: 0] += 1 }
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
