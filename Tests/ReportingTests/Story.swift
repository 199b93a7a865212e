import ClusterModel
import Planning
import Ports
import Reporting
import Rollout

/// A run's journal, written second by second.
struct Story {
    static let web = WorkloadID(kind: "Deployment", namespace: "shop", name: "web")
    static let database = WorkloadID(kind: "StatefulSet", namespace: "shop", name: "db")
    static let webBudget = BudgetID(namespace: "shop", name: "web")
    static let shopBudget = BudgetID(namespace: "shop", name: "all")

    var waves: [[String]] = [["w-1"]]
    var events: [RecordedEvent] = []
    var samples: [HealthSample] = []

    static func at(_ seconds: Double) -> Instant {
        Instant(milliseconds: 1_764_000_000_000 + Int64((seconds * 1000).rounded()))
    }

    var run = RunRecord(
        id: "r-1",
        startedAt: Story.at(0),
        startedBy: "ops@bastion",
        cluster: "customer-a",
        plan: ""
    )

    mutating func event(_ seconds: Double, _ event: Event) {
        events.append(RecordedEvent(at: Self.at(seconds), event: event))
    }

    mutating func workload(_ seconds: Double, _ id: WorkloadID, _ healthy: Int, of wanted: Int, observed: Bool = true) {
        samples.append(
            HealthSample(
                at: Self.at(seconds),
                subject: .workload(id),
                healthy: healthy,
                wanted: wanted,
                observed: observed
            )
        )
    }

    mutating func budget(_ seconds: Double, _ id: BudgetID, _ healthy: Int, of wanted: Int, _ workloads: [WorkloadID]) {
        samples.append(
            HealthSample(
                at: Self.at(seconds),
                subject: .budget(id),
                healthy: healthy,
                wanted: wanted,
                workloads: workloads
            )
        )
    }

    mutating func evict(_ seconds: Double, _ node: String, uid: String) {
        event(seconds, .evictionAdmitted(node: node, pod: PodID(namespace: "shop", name: uid), uid: uid))
    }

    mutating func refuse(_ seconds: Double, _ node: String, uid: String) {
        event(
            seconds,
            .evictionRefused(
                node: node,
                pod: PodID(namespace: "shop", name: uid),
                uid: uid,
                reason: "shop/web allows none",
                retryAt: Self.at(seconds + 1)
            )
        )
    }

    /// Cordoned at `start`, drained after 10 s, serviced for 30 s, back 2 s later.
    mutating func service(_ node: String, from start: Double) {
        event(start, .cordoned(node: node))
        event(start + 10, .drained(node: node))
        event(start + 20, .stepFinished(node: node, step: 0, report: StepReport(name: "kernel", outcome: .done)))
        event(start + 40, .verified(node: node))
        event(start + 42, .uncordoned(node: node))
    }

    func report(now: Double = 1000) -> Report {
        Report(run: run, plan: plan, events: events, samples: samples, now: Self.at(now))
    }

    var plan: Plan {
        Plan(
            campaign: Campaign(purpose: .service),
            policy: Policy(),
            createdAt: Self.at(-60),
            waves: waves.enumerated().map { Wave(number: $0 + 1, rounds: 1, nodes: $1, moves: []) },
            findings: [],
            bounds: Bounds(waves: 1, rounds: 1, evictions: 0)
        )
    }
}

extension Report {
    func node(_ name: String) -> Node? { nodes.first { $0.node == name } }

    func workload(_ id: WorkloadID) -> Workload? {
        workloads.first { $0.kind == id.kind && $0.workload == "\(id.namespace)/\(id.name)" }
    }
}
