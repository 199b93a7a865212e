import ClusterModel

extension Survey {
    /// Nodes that the search could not place, explained by where it ended.
    mutating func noteLeft(_ draft: Draft, end: WaveState, workers: [Int]) {
        for node in draft.left.sorted() {
            var trial = end
            blockForRoom(node, homeless: trial.homeless(of: node), in: end)
        }
        if draft.workersWait, let first = draft.left.min() { holdBack(workers, for: first) }
    }

    private mutating func blockForRoom(_ index: Int, homeless: Int?, in end: WaveState) {
        guard let homeless else { return }
        let id = terrain.pod(homeless).id
        let others = terrain.places.nodes(for: homeless).filter { $0 != index }
        let lack = Shortfall.least(for: homeless, on: others, terrain) { end.free[$0, $1] }
        let count = end.residents[index].count
        let why =
            lack.map { ": \($0.text(terrain))" }
            ?? " together with the \(counted(count - 1, "other pod")) of \(name(index)), though it does alone"
        block(
            index,
            .noRoom,
            pod: id,
            message: "\(id) on \(name(index)) fits on no other node after all waves that can be planned\(why)",
            fix: "add a node or free that much, and plan again"
        )
    }
}

extension WaveState {
    /// The first pod of `node` that finds no place when the node is drained by itself.
    mutating func homeless(of node: Int) -> Int? {
        phase[node] = .out
        refreshRoom(node)
        var log: [Placement] = []
        return place(residents[node], Reach(mayCrowd: true), log: &log)
    }
}
