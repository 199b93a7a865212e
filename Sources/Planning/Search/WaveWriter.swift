import ClusterModel

/// Turns waves by number into waves by name, and says why they are as they are.
struct WaveWriter {
    let terrain: Terrain
    let ledger: BudgetLedger
    let task: DrainTask
    /// What the pass brings its nodes to; nil where it upgrades nothing.
    var version: Version?

    func waves(_ drafts: [DraftWave]) -> [Wave] {
        zip(1..., drafts).map { number, draft in
            Wave(
                number: number,
                rounds: draft.rounds,
                nodes: draft.nodes.map(name),
                moves: draft.moves.map { Move(pod: terrain.pod($0.pod).id, from: name($0.from), to: name($0.to)) },
                budgets: draft.spent.map { use(limit: $0.limit, evictions: $0.evictions) },
                version: version,
                isCanary: draft.isCanary,
                reason: reason(draft)
            )
        }
    }

    private func name(_ node: Int) -> String { terrain.node(node).name }

    private func use(limit: Int, evictions: Int) -> BudgetUse {
        let limit = ledger.limits[limit]
        return BudgetUse(
            budget: limit.name,
            evictions: evictions,
            allowed: limit.allowed,
            isDefault: limit.isDefault
        )
    }

    private func reason(_ draft: DraftWave) -> String {
        if draft.isControlPlane { return "control plane first, one at a time" }
        var parts = ["\(draft.nodes.count) of \(task.limits.maxOut) allowed out"]
        if task.limits.oneZoneAtATime, let first = draft.nodes.first {
            parts.insert("zone \(terrain.node(first).zone ?? "none")", at: 0)
        }
        if draft.isCanary { parts.insert("canary", at: 0) }
        if draft.rounds > 1 { parts.append("\(draft.rounds) rounds") }
        if let tightest = tightest(draft) { parts.append(tightest) }
        return parts.joined(separator: "; ")
    }

    /// The budget of which the wave leaves the smallest share.
    private func tightest(_ draft: DraftWave) -> String? {
        func share(_ use: (limit: Int, evictions: Int)) -> Double {
            Double(use.evictions) / Double(max(1, ledger.limits[use.limit].allowed))
        }
        let best = draft.spent.max { (share($0), $1.limit) < (share($1), $0.limit) }
        guard let best else { return nil }
        let limit = ledger.limits[best.limit]
        return "\(limit.name) spends \(best.evictions) of \(limit.allowed * draft.rounds)"
    }
}
