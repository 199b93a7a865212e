/// Everything seen of a cluster over a time, and what follows from it for those who use the workloads.
struct Observation: Sendable {
    enum Event: Sendable {
        case pod(PodFact)
        case podGone(uid: String)
        case node(NodeFact)
        case budget(BudgetFact)
        /// What a workload asks for.
        case replicas(String, Int)
    }

    struct Moment: Sendable {
        let time: ContinuousClock.Instant
        /// The cluster's own order of what happened.
        let revision: Int
        let event: Event
    }

    /// When a pod stops to serve.
    enum Serving: Sendable {
        /// With its object, or as soon as it says that it is not ready.
        case untilGone
        /// From its deletion on, as the disruption controller counts.
        case untilTerminating

        func counts(_ pod: PodFact) -> Bool {
            switch self {
            case .untilGone: pod.ready
            case .untilTerminating: pod.ready && !pod.terminating
            }
        }
    }

    /// A moment at which fewer pods were healthy than a budget demands.
    struct Violation: Hashable, Sendable {
        let budget: String
        let healthy: Int
        let desired: Int
    }

    let start: ContinuousClock.Instant
    let pods: [PodFact]
    let nodes: [NodeFact]
    /// What workloads ask for, by `NAMESPACE/NAME`.
    let replicas: [String: Int]
    let budgets: [BudgetFact]
    private(set) var moments: [Moment] = []
    /// The pods as last seen, by their UID.
    private(set) var lastPods: [String: PodFact]
    /// What each gap in the watches was; what went on during it is unknown.
    private(set) var interruptions: [String] = []
    /// The revisions that no watch has shown.
    private(set) var gaps: [ClosedRange<Int>] = []

    init(
        start: ContinuousClock.Instant,
        pods: [PodFact],
        nodes: [NodeFact] = [],
        replicas: [String: Int],
        budgets: [BudgetFact] = []
    ) {
        self.start = start
        self.pods = pods
        self.nodes = nodes
        self.replicas = replicas
        self.budgets = budgets
        lastPods = Dictionary(uniqueKeysWithValues: pods.map { ($0.uid, $0) })
    }

    mutating func add(_ event: Event, at time: ContinuousClock.Instant, revision: Int = 0) {
        moments.append(Moment(time: time, revision: revision, event: event))
        Self.apply(event, to: &lastPods)
    }

    mutating func interrupt(_ reason: String, missing revisions: ClosedRange<Int>? = nil) {
        interruptions.append(reason)
        if let revisions { gaps.append(revisions) }
    }
}

extension Observation {
    /// How many pods of a workload served, from each change on.
    func serving(_ workload: String, _ rule: Serving) -> [(time: ContinuousClock.Instant, count: Int)] {
        podStates().map { state in
            (state.time, state.pods.values.count { $0.workload == workload && rule.counts($0) })
        }
    }

    /// How long fewer than `wanted` pods of a workload served, until `end`.
    func time(
        _ workload: String,
        below wanted: Int,
        _ rule: Serving,
        until end: ContinuousClock.Instant
    ) -> Duration {
        let steps = serving(workload, rule)
        let ends = steps.dropFirst().map(\.time) + [end]
        return zip(steps, ends).filter { $0.0.count < wanted }.reduce(.zero) { $0 + ($1.0.time.duration(to: $1.1)) }
    }

    /// The workloads of which pods are missing, and how many are ready; more than are wanted are no fault.
    var shortcomings: [String] {
        replicas.sorted { $0.key < $1.key }.compactMap { workload, wanted in
            let ready = lastPods.values.count { $0.workload == workload && $0.ready && !$0.terminating }
            return ready < wanted ? "\(workload) has \(ready) of \(wanted)" : nil
        }
    }

    /// The demand of a workload's budget in pods; nil where it has none.
    func desired(_ workload: String) -> Int? {
        guard let replicas = replicas[workload] else { return nil }
        return budgets.filter { $0.workload == workload }.map { $0.desiredHealthy(replicas: replicas) }.max()
    }

    /// Every change after which a budget was broken.
    var violations: [Violation] {
        budgets.sorted { $0.name < $1.name }.flatMap { budget in
            guard let replicas = replicas[budget.workload] else { return [Violation]() }
            let desired = budget.desiredHealthy(replicas: replicas)
            return serving(budget.workload, .untilTerminating).filter { $0.count < desired }
                .map { Violation(budget: budget.name, healthy: $0.count, desired: desired) }
        }
    }

    /// The turns of a node between schedulable and cordoned, the first one as it was found.
    func cordons(of node: String) -> [Bool] {
        let later = moments.compactMap { moment in
            if case .node(let fact) = moment.event { fact } else { nil }
        }
        return (nodes + later).filter { $0.name == node }.map(\.cordoned).reduce(into: []) { turns, cordoned in
            if turns.last != cordoned { turns.append(cordoned) }
        }
    }

    /// The most nodes that were cordoned at the same time.
    var mostCordoned: Int {
        var cordoned = Set(nodes.filter(\.cordoned).map(\.name))
        var most = cordoned.count
        for case .node(let node) in moments.map(\.event) {
            if node.cordoned { cordoned.insert(node.name) } else { cordoned.remove(node.name) }
            most = max(most, cordoned.count)
        }
        return most
    }

    /// The UIDs of the pods that were told to go.
    var ended: Set<String> {
        var ended: Set<String> = []
        for case .pod(let pod) in moments.map(\.event) where pod.terminating { ended.insert(pod.uid) }
        return ended
    }

    /// The state after each change of a pod. A list of pods that was read at once is one state, not many.
    private func podStates() -> [(time: ContinuousClock.Instant, pods: [String: PodFact])] {
        var pods = Dictionary(uniqueKeysWithValues: pods.map { ($0.uid, $0) })
        var states = [(start, pods)]
        for moment in moments {
            switch moment.event {
            case .node, .budget, .replicas: continue
            case .pod, .podGone: Self.apply(moment.event, to: &pods)
            }
            states.append((moment.time, pods))
        }
        return states
    }

    private static func apply(_ event: Event, to pods: inout [String: PodFact]) {
        switch event {
        case .pod(let pod): pods[pod.uid] = pod
        case .podGone(let uid): pods[uid] = nil
        case .node, .budget, .replicas: break
        }
    }
}
