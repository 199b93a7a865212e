import ClusterModel

/// How many pods may be asked to leave right now, so that no budget is overdrawn and hardly any eviction refused.
///
/// The API server has the last word on budgets of its own; on the policy's default budget this ledger has it.
struct EvictionLedger {
    private let view: Cluster
    private let defaultBudget: CountOrPercent?
    private let leaving: Set<String>
    private var left: [Account: Int] = [:]

    private enum Account: Hashable {
        case budget(BudgetID)
        case workload(WorkloadID)
    }

    /// - Parameter leaving: UIDs of pods that are on their way out though the view may still show them healthy.
    init(_ view: Cluster, defaultBudget: CountOrPercent?, leaving: Set<String>) {
        self.view = view
        self.defaultBudget = defaultBudget
        self.leaving = leaving
    }

    /// Whether the pod may be asked to leave now; takes it off the account if so.
    mutating func spend(on pod: Pod) -> Bool {
        guard pod.phase == .running else { return true }
        let budgets = view.budgets(of: pod)
        if budgets.isEmpty { return spendDefault(on: pod) }
        if !pod.ready { return budgets.allSatisfy { mayLoseUnready($0) } }
        for budget in budgets {
            let account = Account.budget(budget.id)
            if left[account] == nil { left[account] = allowed(by: budget) }
            if left[account, default: 0] <= 0 { return false }
        }
        for budget in budgets { left[.budget(budget.id), default: 0] -= 1 }
        return true
    }

    private mutating func spendDefault(on pod: Pod) -> Bool {
        guard let defaultBudget, pod.ready, let id = pod.workload, let replicas = view.workloads[id]?.replicas,
            id.keepsReplicas
        else { return true }
        let account = Account.workload(id)
        if left[account] == nil {
            let healthy = count { $0.workload == id }
            left[account] = healthy - max(0, replicas - defaultBudget.roundedUp(of: replicas))
        }
        guard left[account, default: 0] > 0 else { return false }
        left[account, default: 0] -= 1
        return true
    }

    private func allowed(by budget: DisruptionBudget) -> Int {
        count { budget.selects($0) } - budget.rule.desiredHealthy(of: view.expectedPods(of: budget))
    }

    /// An unready pod costs its budget nothing, if the budget lets it go at all.
    private func mayLoseUnready(_ budget: DisruptionBudget) -> Bool {
        if budget.unhealthyPodEviction == .alwaysAllow { return true }
        let desired = budget.rule.desiredHealthy(of: view.expectedPods(of: budget))
        return desired > 0 && count { budget.selects($0) } >= desired
    }

    private func count(_ isOurs: (Pod) -> Bool) -> Int {
        view.pods.count { $0.isHealthy && !leaving.contains($0.uid) && isOurs($0) }
    }
}
