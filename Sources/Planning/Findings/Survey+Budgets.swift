import ClusterModel

extension Survey {
    /// Budgets and defaults that let nothing go from a node that is to leave.
    mutating func lookAtBudgets() {
        for index in chosen {
            var spenders: [Int: [Int]] = [:]
            for pod in terrain.movers[index] {
                ledger.forEachLimit(of: pod) { limit in
                    if (ledger.limits[limit].waived ?? ledger.limits[limit].allowed) == 0 {
                        spenders[limit, default: []].append(pod)
                    }
                }
            }
            for (limit, pods) in spenders.sorted(by: { $0.key < $1.key }) {
                blockForBudget(index, limit: ledger.limits[limit], pods: pods)
            }
        }
        for index in ledger.emptyBudgets { noteEmpty(cluster.budgets[index]) }
    }

    private mutating func blockForBudget(_ index: Int, limit: DisruptionLimit, pods: [Int]) {
        let (rule, why, fix) = explain(limit)
        block(
            index,
            rule,
            pod: pods.first.map { terrain.pod($0).id },
            budget: limit.budget,
            subjects: [limit.subject],
            message: "\(title(limit)) \(why); it holds \(counted(pods.count, "pod")) on \(name(index))",
            fix: fix
        )
    }

    private func title(_ limit: DisruptionLimit) -> String {
        limit.isDefault ? "the default budget of \(limit.name) (\(limit.rule))" : "budget \(limit.name) (\(limit.rule))"
    }

    private func explain(_ limit: DisruptionLimit) -> (Finding.Rule, String, String) {
        if !limit.isCurrent {
            return (
                .uncountedBudget, "has not been counted as it stands, and then allows nothing",
                "look at the budget's conditions and events, and plan again once its status is current"
            )
        }
        if limit.isImpossible { return explainImpossible(limit) }
        if limit.healthy - limit.desired > 0 {
            return (
                .spentBudget, "allows \(limit.stated ?? 0) evictions now by its status",
                "wait until the budget allows an eviction, and plan again"
            )
        }
        if limit.unready > 0, !limit.freesUnready {
            return (
                .unhealthyPods,
                "wants \(limit.desired) healthy of \(limit.expected) and has \(limit.healthy), so not even the "
                    + "\(counted(limit.unready, "unready pod")) may go",
                "make the pods ready, or set unhealthyPodEvictionPolicy to AlwaysAllow"
            )
        }
        return (
            .spentBudget,
            "wants \(limit.desired) healthy of \(limit.expected) and has \(limit.healthy), so none may go now",
            "wait until its pods are healthy, or add a replica"
        )
    }

    private func explainImpossible(_ limit: DisruptionLimit) -> (Finding.Rule, String, String) {
        (
            .impossibleBudget,
            "wants \(limit.desired) healthy of \(limit.expected): it allows no eviction, ever",
            wayOut(limit)
        )
    }

    /// More replicas help only where the budget wants a number of them.
    private func wayOut(_ limit: DisruptionLimit) -> String {
        if limit.isDefault { return "allow a default budget of at least 1" }
        switch limit.rule {
        case .minAvailable(.count(let count)): return "raise the replicas to \(count + 1), or lower minAvailable"
        case .minAvailable(.percent): return "replace minAvailable with maxUnavailable 1"
        case .maxUnavailable: return "set maxUnavailable to 1"
        }
    }

    private mutating func noteEmpty(_ budget: DisruptionBudget) {
        note(
            Finding(
                rule: .emptyBudget,
                severity: .note,
                budget: budget.id,
                message: "budget \(budget.id) selects no pod",
                fix: "correct its selector, or delete it"
            )
        )
    }
}
