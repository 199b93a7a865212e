/// Searches the waves of one pass over nodes: many ways are tried, the best is kept.
struct HopSearch {
    let terrain: Terrain
    let ledger: BudgetLedger
    /// How many ways to search are tried at most; fewer where the cluster is big.
    var effort: Int

    /// - Parameter start: where the pods stand; its task names the nodes.
    func best(from start: WaveState) -> (draft: Draft, end: WaveState) {
        let bounds = PlanBounds(terrain: terrain, ledger: ledger, task: start.task)
        let pods = start.task.nodes.reduce(0) { $0 + start.residents[$1].count }
        let isBig = pods > Self.bigCluster
        var best: (draft: Draft, end: WaveState)?
        for style in SearchStyle.all(pods: pods, nodes: start.phase.count, effort: effort) {
            let enough = best.map { $0.draft.left.isEmpty ? $0.draft.waves.count : Int.max } ?? Int.max
            var search = WaveSearch(start: start, style: style, enough: enough)
            guard let (draft, end) = search.run() else { continue }
            if best.map({ draft.cost < $0.draft.cost }) ?? true { best = (draft, end) }
            if isBig ? bounds.areNearlyMet(by: draft) : bounds.areMet(by: draft) { break }
        }
        var found = best ?? (Draft(left: start.task.nodes), start)
        if isBig || bounds.areMet(by: found.draft) || found.draft.workersWait { return found }
        if start.task.workers.count > 1 { found = improved(found, from: start, bounds, pods: pods) }
        return found.draft.left.isEmpty ? found : completed(found, from: start, pods: pods)
    }

    private static let bigCluster = 1_000

    private func completed(
        _ found: (draft: Draft, end: WaveState),
        from start: WaveState,
        pods: Int
    ) -> (draft: Draft, end: WaveState) {
        if pods > 24 || start.task.nodes.count > 8 { return found }
        return ExhaustiveSearch(start: start, best: found, steps: 4_000).best
    }

    private func improved(
        _ found: (draft: Draft, end: WaveState),
        from start: WaveState,
        _ bounds: PlanBounds,
        pods: Int
    ) -> (draft: Draft, end: WaveState) {
        var ready = start
        for wave in found.draft.waves where wave.isControlPlane {
            for node in wave.nodes where !ready.join(node, WaveState.Reach(mayCrowd: true)) { return found }
            _ = ready.finish(isControlPlane: true)
        }
        let steps = min(8 * effort, 1_500_000 / (pods + 10 * start.phase.count))
        var improvement = WaveImprovement(found.draft, end: found.end, from: ready, bounds: bounds, steps: steps)
        improvement.run()
        return improvement.best
    }
}
