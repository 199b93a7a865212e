/// Nodes that may have to leave together, because pods of theirs stand in one another's way or need one another.
enum Companions {
    /// The nodes on which pods stand that a pod of a node needs, then pairs; the likeliest first.
    static func groups(of waiting: [Int], in state: WaveState, upTo limit: Int) -> [[Int]] {
        var groups: [[Int]] = []
        for node in waiting {
            let group = needed(by: node, among: waiting, state)
            if group.count > 1, group.count <= limit, !groups.contains(group) { groups.append(group) }
        }
        let related = waiting.filter { node in state.residents[node].contains { !state.relations.isOrdinary($0) } }
        for (place, first) in related.enumerated() {
            for second in related[(place + 1)...] { groups.append([first, second]) }
        }
        return groups
    }

    private static func needed(by node: Int, among waiting: [Int], _ state: WaveState) -> [Int] {
        var group: Set<Int> = [node]
        var needs: Set<Int> = []
        while true {
            let before = group.count
            for pod in group.flatMap({ state.residents[$0] }) where !state.relations.isOrdinary(pod) {
                needs.formUnion(state.relations.kind(of: pod).needs)
            }
            if needs.isEmpty { return [node] }
            for other in waiting where !group.contains(other) {
                let isNeeded = state.residents[other].contains { pod in
                    !state.relations.isOrdinary(pod) && !needs.isDisjoint(with: state.relations.kind(of: pod).anchors)
                }
                if isNeeded { group.insert(other) }
            }
            if group.count == before { return group.sorted() }
        }
    }
}
