import ClusterModel
import Planning
import Rollout

/// A machine under test, with a small cluster that the test changes as it likes.
struct Machine {
    static let start = Instant(milliseconds: 1_000_000)
    static let web = Workload(id: WorkloadID(kind: "Deployment", namespace: "shop", name: "web"), replicas: 2)

    var rollout: Rollout
    var nodes: [Node]
    var pods: [Pod]
    var budgets: [DisruptionBudget]
    private(set) var now = Self.start

    init(_ outline: RolloutOutline, pods: [Pod] = [], budgets: [DisruptionBudget] = []) {
        rollout = Rollout(outline)
        nodes = Self.nodes
        self.pods = pods
        self.budgets = budgets
    }

    static let nodes = ["a", "b", "c"].map { Node(name: $0, allocatable: Resources(cpu: 4000, pods: 10)) }

    static func cluster(_ pods: [Pod], nodes: [Node] = nodes, budgets: [DisruptionBudget] = []) -> Cluster {
        Cluster(nodes: nodes, pods: pods, workloads: [web], budgets: budgets)
    }

    static func outline(_ waves: [[String]], step: String? = "patch") -> RolloutOutline {
        let names = Set(waves.flatMap { $0 })
        return RolloutOutline(
            waves: zip(1..., waves).map { Wave(number: $0, rounds: 1, nodes: $1, moves: []) },
            steps: Dictionary(uniqueKeysWithValues: names.map { ($0, step.map { [$0] } ?? []) })
        )
    }

    static func pod(_ name: String, on node: String?, ready: Bool = true, owner: String = "ReplicaSet") -> Pod {
        Pod(
            id: PodID(namespace: "shop", name: name),
            uid: name,
            labels: ["app": "web"],
            node: node,
            phase: node == nil ? .pending : .running,
            ready: ready && node != nil,
            owner: OwnerReference(kind: owner, name: "web-1"),
            workload: owner == "Job" ? WorkloadID(kind: "Job", namespace: "shop", name: "web-1") : web.id
        )
    }

    /// Tells the machine of the cluster as it is, `after` more time.
    mutating func look(after duration: Duration = .zero) -> [Effect] {
        now = now + duration
        let cluster = Self.cluster(pods, nodes: nodes, budgets: budgets)
        return work(rollout.handle(.observed(cluster), at: now))
    }

    /// Tells the machine of events that the journal holds by now; what it wants after the last of them.
    mutating func record(_ events: Event...) -> [Effect] {
        var effects: [Effect] = []
        for event in events { effects = work(rollout.handle(.recorded(event), at: now)) }
        return effects
    }

    mutating func admit(_ wave: Int, waiting: Int? = nil) -> [Effect] {
        record(
            .waveAdmitted(
                wave: wave,
                healthy: [
                    WorkloadHealth(workload: Self.web.id, healthy: pods.count(where: \.isHealthy), waiting: waiting)
                ]
            )
        )
    }

    /// Takes a node without pods from admission to its return.
    mutating func serve(_ node: String) -> [Effect] {
        record(
            .cordoned(node: node),
            .drained(node: node),
            .stepFinished(node: node, step: 0, report: StepReport(name: "patch", outcome: .done)),
            .verified(node: node),
            .uncordoned(node: node)
        )
    }

}

/// What is to be done now, without the moments to come back at.
func work(_ effects: [Effect]) -> [Effect] {
    effects.filter { if case .wake = $0 { false } else { true } }
}
