import ClusterModel
import Planning

/// How many pods may be asked to leave right now, so that no budget is overdrawn and hardly any eviction refused.
///
/// The API server has the last word on budgets of its own; on the policy's default budget, and past a budget that a
/// waiver names, this ledger has it.
struct EvictionLedger {
    enum Permission: Hashable {
        case mayBeEvicted
        /// Past what the API server would allow, by this waiver.
        case mayBeDeleted(waiver: String)
        case mustStay
    }

    private let view: Cluster
    private let defaultBudget: CountOrPercent?
    private let waivers: [Waiver]
    private let leaving: Set<String>
    private var left: [Account: Int] = [:]
    /// Budgets past which a pod is let go in this round.
    private var overdrawn: Set<BudgetID> = []

    private enum Account: Hashable {
        case budget(BudgetID)
        case workload(WorkloadID)
    }

    private static let budgetRules: Set<Finding.Rule> = [
        .impossibleBudget, .spentBudget, .unhealthyPods, .uncountedBudget,
    ]

    /// - Parameters:
    ///   - waivers: those that hold now.
    ///   - leaving: UIDs of pods that are on their way out though the view may still show them healthy.
    init(_ view: Cluster, defaultBudget: CountOrPercent?, waivers: [Waiver] = [], leaving: Set<String>) {
        self.view = view
        self.defaultBudget = defaultBudget
        self.waivers = waivers
        self.leaving = leaving
    }

    /// Whether the pod may be asked to leave now; takes it off the account if so.
    mutating func spend(on pod: Pod) -> Permission {
        guard pod.phase == .running else { return .mayBeEvicted }
        let budgets = view.budgets(of: pod)
        if budgets.isEmpty { return spendDefault(on: pod) }
        if !pod.ready, budgets.allSatisfy({ mayLoseUnready($0) }) { return permission(for: pod, under: budgets) }
        for budget in budgets {
            let account = Account.budget(budget.id)
            if left[account] == nil { left[account] = allowed(by: budget) }
            if left[account, default: 0] <= 0 { return pastBudgets(pod, budgets) }
        }
        for budget in budgets { left[.budget(budget.id), default: 0] -= 1 }
        return permission(for: pod, under: budgets)
    }

    /// The API server answers 500 for a pod under several budgets, for ever.
    private func permission(for pod: Pod, under budgets: [DisruptionBudget]) -> Permission {
        guard budgets.count > 1 else { return .mayBeEvicted }
        let subjects = ["\(pod.id)"] + budgets.map { "\($0.id)" }
        guard let waiver = waiver(of: [.twoBudgets], subjects) else { return .mayBeEvicted }
        return .mayBeDeleted(waiver: waiver)
    }

    /// A waived budget lets one pod go at a time, and the next only once as many are there as it expects.
    private mutating func pastBudgets(_ pod: Pod, _ budgets: [DisruptionBudget]) -> Permission {
        var reasons: [String] = []
        for budget in budgets where left[.budget(budget.id)] ?? allowed(by: budget) <= 0 {
            guard let waiver = waiver(of: Self.budgetRules, ["\(budget.id)"]), isWhole(budget) else { return .mustStay }
            reasons.append(waiver)
        }
        if budgets.count > 1, permission(for: pod, under: budgets) == .mayBeEvicted { return .mustStay }
        overdrawn.formUnion(budgets.map(\.id))
        return reasons.first.map { .mayBeDeleted(waiver: $0) } ?? .mustStay
    }

    private func isWhole(_ budget: DisruptionBudget) -> Bool {
        if overdrawn.contains(budget.id) { return false }
        let present = view.pods.count {
            budget.selects($0) && !$0.isFinished && !$0.terminating && !leaving.contains($0.uid)
        }
        return present >= view.expectedPods(of: budget)
    }

    private func waiver(of rules: Set<Finding.Rule>, _ subjects: [String]) -> String? {
        waivers.first { rules.contains($0.rule) && subjects.contains($0.subject) }.map {
            "\($0.rule.rawValue) of \($0.subject) is waived: \($0.reason)"
        }
    }

    private mutating func spendDefault(on pod: Pod) -> Permission {
        guard let defaultBudget, pod.ready, let id = pod.workload, let replicas = view.workloads[id]?.replicas,
            id.keepsReplicas
        else { return .mayBeEvicted }
        let account = Account.workload(id)
        if left[account] == nil {
            let healthy = count { $0.workload == id }
            left[account] = healthy - max(0, replicas - defaultBudget.roundedUp(of: replicas))
        }
        guard left[account, default: 0] > 0 else { return .mustStay }
        left[account, default: 0] -= 1
        return .mayBeEvicted
    }

    /// The controller's count lags behind the pods, and the API server goes by it: the smaller number holds.
    private func allowed(by budget: DisruptionBudget) -> Int {
        let counted = count { budget.selects($0) } - budget.rule.desiredHealthy(of: view.expectedPods(of: budget))
        guard let status = budget.status else { return counted }
        return status.isCurrent ? min(counted, status.disruptionsAllowed) : 0
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
