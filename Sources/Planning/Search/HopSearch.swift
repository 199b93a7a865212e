/// Searches the waves of one pass over nodes: many ways are tried, the best is kept.
struct HopSearch {
    let terrain: Terrain
    let ledger: BudgetLedger
    /// How many ways to search are tried at most.
    var effort: Int

    /// - Parameter start: where the pods stand; its task names the nodes.
    func best(from start: WaveState) -> (draft: Draft, end: WaveState) {
        let bounds = PlanBounds(terrain: terrain, ledger: ledger, task: start.task)
        let pods = start.task.nodes.reduce(0) { $0 + start.residents[$1].count }
        var best: (draft: Draft, end: WaveState)?
        for style in SearchStyle.all(pods: pods, nodes: start.phase.count, effort: effort) {
            let enough = best.map { $0.draft.left.isEmpty ? $0.draft.waves.count : Int.max } ?? Int.max
            var search = WaveSearch(start: start, style: style, enough: enough)
            guard let (draft, end) = search.run() else { continue }
            if best.map({ draft.cost < $0.draft.cost }) ?? true { best = (draft, end) }
            if bounds.areMet(by: draft) { break }
        }
        let found = best ?? (Draft(left: start.task.nodes), start)
        if found.draft.left.isEmpty || pods > 24 || start.task.nodes.count > 8 { return found }
        return ExhaustiveSearch(start: start, best: found, steps: 4_000).best
    }
}
