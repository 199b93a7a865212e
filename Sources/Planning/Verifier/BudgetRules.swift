import ClusterModel

extension PlanVerifier.Replay {
    /// In r rounds a wave evicts at most r times what a budget allows, and r is what its neediest node needs by itself.
    func budgetFaults(_ evicted: [[Int]], wave: Wave, rounds claimed: ClaimedRounds) -> [BrokenClaim] {
        let perNode = evicted.map(countedEvictions)
        let needed = neededRounds(perNode)
        var claims: [BrokenClaim] = []
        let rounds: Int
        switch claimed {
        case .exactly(let value):
            rounds = needed
            if value != needed { claims.append(.rounds(claimed: value, needed: needed, wave: wave.number)) }
        case .atMost(let value):
            rounds = value
            if value < needed { claims.append(.rounds(claimed: value, needed: needed, wave: wave.number)) }
        }
        let total = perNode.reduce(into: [:]) { sum, counts in sum.merge(counts, uniquingKeysWith: +) }
        for (limit, evictions) in total.sorted(by: { $0.key < $1.key }) {
            if let least = leastRounds(for: evictions, limit), least <= rounds { continue }
            let allowance = verifier.allowances.limits[limit]
            claims.append(
                .budget(
                    allowance.name,
                    evictions: evictions,
                    allowed: allowed[limit],
                    rounds: rounds,
                    isDefault: allowance.isDefault,
                    wave: wave.number
                )
            )
        }
        return claims
    }

    /// Evictions that count, by allowance.
    private func countedEvictions(_ pods: [Int]) -> [Int: Int] {
        pods.reduce(into: [:]) { counts, pod in
            switch verifier.allowances.eviction(of: pod) {
            case .free: break
            case .counted(let limit): counts[limit, default: 0] += 1
            case .several(let budgets, let limits):
                if waivesTwoBudgets(pod, budgets) { for limit in limits { counts[limit, default: 0] += 1 } }
            }
        }
    }

    /// An allowance of none has no number of rounds; it is refused whatever the rounds.
    private func neededRounds(_ perNode: [[Int: Int]]) -> Int {
        perNode.joined().reduce(1) { needed, count in max(needed, leastRounds(for: count.value, count.key) ?? 1) }
    }

    /// The fewest rounds for that many evictions; nil where none is allowed.
    private func leastRounds(for evictions: Int, _ limit: Int) -> Int? {
        allowed[limit] > 0 ? (evictions + allowed[limit] - 1) / allowed[limit] : nil
    }
}
