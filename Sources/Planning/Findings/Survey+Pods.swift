import ClusterModel

extension Survey {
    /// Pods that no drain may evict, and pods of which nobody knows what becomes of them.
    mutating func lookAtPods() {
        for index in chosen {
            blockForBarePods(index)
            blockForTwoBudgets(index)
            warnOfUnknownControllers(index)
        }
    }

    private mutating func blockForBarePods(_ index: Int) {
        let all = terrain.movers[index].filter { terrain.pod($0).owner == nil }
        for isWaived in [false, true] {
            let bare = all.filter { (terrain.fate[$0] == .ends) == isWaived }
            guard let first = bare.first else { continue }
            let pod = terrain.pod(first).id
            let others = bare.count == 1 ? "" : " and \(counted(bare.count - 1, "other pod")) on \(name(index))"
            block(
                index,
                .barePod,
                pod: pod,
                subjects: isWaived ? ["\(pod)", name(index)] : [],
                message: "\(pod)\(others) has no controller: once evicted, nobody makes it again",
                fix: "put it under a Deployment or a Job, or delete it"
            )
        }
    }

    private mutating func blockForTwoBudgets(_ index: Int) {
        var refused: [[Int]: [Int]] = [:]
        for pod in terrain.movers[index] {
            if let budgets = ledger.refusals[pod] { refused[budgets, default: []].append(pod) }
        }
        for (budgets, all) in refused.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
            for (_, pods) in Dictionary(grouping: all, by: { isWaived($0, budgets) }).sorted(by: { !$0.key && $1.key })
            {
                block(index, budgets, pods)
            }
        }
    }

    private func isWaived(_ pod: Int, _ budgets: [Int]) -> Bool {
        waivers.waives(.twoBudgets, ["\(terrain.pod(pod).id)"] + budgets.map { "\(cluster.budgets[$0].id)" })
    }

    private mutating func block(_ index: Int, _ budgets: [Int], _ pods: [Int]) {
        guard let first = pods.first, let keep = budgets.first else { return }
        let pod = terrain.pod(first).id
        let names = budgets.map { "\(cluster.budgets[$0].id)" }.joined(separator: " and ")
        let others = pods.count == 1 ? "" : " and \(counted(pods.count - 1, "other pod")) on \(name(index))"
        block(
            index,
            .twoBudgets,
            pod: pod,
            budget: cluster.budgets[keep].id,
            subjects: ["\(pod)"] + budgets.map { "\(cluster.budgets[$0].id)" },
            message: "budgets \(names) both select \(pod)\(others): the API server refuses to evict such pods",
            fix: "change the selectors so that only one of \(names) selects these pods, or delete the others"
        )
    }

    private mutating func warnOfUnknownControllers(_ index: Int) {
        var unknown: [String: [Int]] = [:]
        for pod in terrain.movers[index] {
            if let owner = terrain.pod(pod).owner, !owner.recreatesPods { unknown[owner.kind, default: []].append(pod) }
        }
        for (kind, pods) in unknown.sorted(by: { $0.key < $1.key }) {
            guard let first = pods.first else { continue }
            let pod = terrain.pod(first).id
            note(
                Finding(
                    rule: .unknownController,
                    severity: .warning,
                    node: name(index),
                    pod: pod,
                    message: "\(counted(pods.count, "pod")) on \(name(index)), as \(pod), belong to a \(kind), "
                        + "of which it is not known whether it makes them again",
                    fix: "make sure that the controller of \(kind) replaces evicted pods"
                )
            )
        }
    }
}
