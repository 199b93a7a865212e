/// In which order waiting nodes are tried: those first that spend budgets of which much is still to be spent.
struct NodeRanking {
    /// By limit: evictions still to come, over what may go at once.
    private var pressure: [Double]
    /// By node: what the style leaves to chance.
    let chance: [Double]

    init(_ state: WaveState, style: SearchStyle) {
        pressure = Array(repeating: 0, count: state.ledger.limits.count)
        var generator = SeededGenerator(seed: style.seed)
        chance = state.phase.map { _ in style.noise * (generator.fraction() - 0.5) }
    }

    mutating func order(_ waiting: [Int], in state: WaveState) -> [Int] {
        for limit in pressure.indices { pressure[limit] = 0 }
        for node in waiting {
            for need in state.demand[node] { pressure[need.limit] += share(need, state) }
        }
        let most = pressure.max() ?? 0
        let keyed = waiting.map { node in
            (node: node, rounds: state.rounds(of: node), weight: weight(of: node, in: state, most: max(most, 1)))
        }
        return keyed.sorted { left, right in
            (right.rounds, right.weight, left.node) < (left.rounds, left.weight, right.node)
        }.map(\.node)
    }

    /// Rounds that the node's scarcest budget still has to go through.
    func pressure(of node: Int, in state: WaveState) -> Double {
        state.demand[node].reduce(0) { max($0, pressure[$1.limit]) }
    }

    private func weight(of node: Int, in state: WaveState, most: Double) -> Double {
        var sum = 0.0
        for need in state.demand[node] {
            let tightness = pressure[need.limit] / most
            sum += share(need, state) * tightness * tightness * tightness
        }
        return sum * (1 + chance[node]) + Double(state.residents[node].count) / 1000 + max(0, chance[node]) / 10
    }

    private func share(_ need: WaveState.Demand, _ state: WaveState) -> Double {
        Double(need.evictions) / Double(max(1, state.ledger.allowed[need.limit]))
    }
}
