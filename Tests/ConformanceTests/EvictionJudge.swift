/// Holds one client's evictions against the budgets as they stood when each was granted. The cluster's revisions give the
/// order, so that no clock and no delay of a watch matters.
struct EvictionJudge {
    private(set) var faults: [String] = []
    /// How many evictions were looked at.
    private(set) var judged = 0

    /// Grants that are still to be met with a pod's end.
    private var evicted: [String: Int]
    /// Ends of pods that no budget granted: another's deed, unless the client's evictions are all of one name.
    private var ungranted: [(pod: String, budget: String, revision: Int)] = []
    private let gaps: [ClosedRange<Int>]
    private var pods: [String: PodFact]
    private var budgets: [String: BudgetFact]
    private var replicas: [String: Int]
    /// What a budget still allowed just before it granted a pod's eviction.
    private var grants: [String: [String: Int]] = [:]
    /// Workloads that lost pods by other hands, which the budgets' controller has not counted yet: until then the API
    /// server grants by old numbers.
    private var uncounted: Set<String> = []

    /// - Parameter evicted: `NAMESPACE/NAME` of the pod of each eviction that the client was granted.
    init(_ seen: Observation, evicted: [String]) {
        self.evicted = evicted.reduce(into: [:]) { $0[$1, default: 0] += 1 }
        gaps = seen.gaps
        pods = Dictionary(seen.pods.map { ($0.uid, $0) }) { first, _ in first }
        budgets = Dictionary(seen.budgets.map { ($0.name, $0) }) { first, _ in first }
        replicas = seen.replicas
        let ordered = seen.moments.enumerated().sorted {
            ($0.element.revision, $0.offset) < ($1.element.revision, $1.offset)
        }
        for moment in ordered.map(\.element) { take(moment.event, at: moment.revision) }
        // A StatefulSet's pods have their names again and again, and others may end them too.
        for end in ungranted where self.evicted[end.pod, default: 0] > 0 {
            self.evicted[end.pod, default: 0] -= 1
            // What another has ended a moment before is granted all the same.
            let name = String(end.pod.drop { $0 != "/" }.dropFirst())
            if grants[end.budget]?[name] ?? 0 > 0 { continue }
            faults.append("\(end.pod) went though \(end.budget) allowed nothing (revision \(end.revision))")
        }
    }

    private mutating func take(_ event: Observation.Event, at revision: Int) {
        switch event {
        case .node: break
        case .replicas(let workload, let count): replicas[workload] = count
        case .budget(let budget): take(budget)
        case .podGone(let uid):
            guard let pod = pods.removeValue(forKey: uid) else { return }
            if pod.ready, !pod.terminating { uncounted.insert(pod.workload) }
        case .pod(let pod):
            let before = pods.updateValue(pod, forKey: pod.uid)
            guard let before, before.ready, !before.terminating else { return }
            if pod.terminating, evicted[pod.id, default: 0] > 0, judge(pod, at: revision) {
                evicted[pod.id, default: 0] -= 1
            } else if pod.terminating || !pod.ready {
                uncounted.insert(pod.workload)
            }
        }
    }

    private mutating func take(_ budget: BudgetFact) {
        let before = budgets.updateValue(budget, forKey: budget.name)
        let granted = budget.ledger.disrupted.subtracting(before?.ledger.disrupted ?? [])
        guard granted.isEmpty else {
            let allowed = before.map { $0.ledger.isCurrent ? $0.ledger.allowed : 0 } ?? 0
            for pod in granted { grants[budget.name, default: [:]][pod] = allowed }
            return
        }
        if budget.ledger.healthy <= healthy(budget.workload) { uncounted.remove(budget.workload) }
    }

    private func healthy(_ workload: String) -> Int {
        pods.values.count { $0.workload == workload && $0.ready && !$0.terminating }
    }

    /// Whether the pod's budgets granted its end.
    private mutating func judge(_ pod: PodFact, at revision: Int) -> Bool {
        if gaps.contains(where: { $0.contains(revision) }) { return true }
        judged += 1
        for budget in budgets.values.sorted(by: { $0.name < $1.name }) where budget.workload == pod.workload {
            guard let allowed = grants[budget.name]?.removeValue(forKey: pod.name), allowed > 0 else {
                ungranted.append((pod.id, budget.name, revision))
                return false
            }
            if uncounted.contains(pod.workload) { continue }
            // A rule that the controller does not know yet binds nobody.
            let rule = replicas[pod.workload].map { budget.desiredHealthy(replicas: $0) } ?? 0
            let desired = min(rule, budget.ledger.desired)
            let left = healthy(pod.workload)
            if left < desired {
                faults.append(
                    "\(pod.id) left \(budget.name) with \(left) healthy pods of \(desired) (revision \(revision))"
                )
            }
        }
        return true
    }
}
