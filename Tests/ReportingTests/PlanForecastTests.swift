import ClusterModel
import Planning
import Reliability
import Testing

@testable import Reporting

struct PlanForecastTests {
    private static let web = WorkloadID(kind: "Deployment", namespace: "shop", name: "web")
    private static let solo = WorkloadID(kind: "Deployment", namespace: "shop", name: "solo")
    private static let estimates = DurationEstimates(
        round: TimeEstimate(low: 10, high: 20),
        service: TimeEstimate(low: 100, high: 200),
        recovery: TimeEstimate(low: 1, high: 2),
        serviceByNode: ["n-2": TimeEstimate(low: 300, high: 400)]
    )

    private static func pod(_ name: String, _ workload: WorkloadID, on node: String) -> Pod {
        Pod(id: PodID(namespace: "shop", name: name), uid: name, node: node, workload: workload)
    }

    private static func cluster() -> Cluster {
        Cluster(
            nodes: [],
            pods: ["n-1", "n-1", "n-2"].enumerated().map { pod("web-\($0.offset)", web, on: $0.element) }
                + [pod("solo-0", solo, on: "n-2")],
            workloads: [Workload(id: web, replicas: 3), Workload(id: solo, replicas: 1)]
        )
    }

    private static func move(_ name: String, from: String, to: String = "n-9") -> Move {
        Move(pod: PodID(namespace: "shop", name: name), from: from, to: to)
    }

    private static func plan(_ waves: [Wave]) -> Plan {
        Plan(
            campaign: Campaign(purpose: .service),
            policy: Policy(),
            createdAt: Story.at(0),
            waves: waves,
            findings: [],
            bounds: Bounds(waves: 1, rounds: 1, evictions: 1)
        )
    }

    private static func budget(_ workload: WorkloadID, _ allowed: Int) -> BudgetUse {
        BudgetUse(budget: "\(workload)", evictions: allowed, allowed: allowed, isDefault: true)
    }

    @Test func `pods that leave one at a time take a round each, and only the last one's leaving is downtime`() {
        let waves = [
            Wave(
                number: 1,
                rounds: 2,
                nodes: ["n-1"],
                moves: [Self.move("web-0", from: "n-1"), Self.move("web-1", from: "n-1")],
                budgets: [Self.budget(Self.web, 1)]
            ),
            Wave(
                number: 2,
                rounds: 1,
                nodes: ["n-2"],
                moves: [Self.move("web-2", from: "n-2"), Self.move("solo-0", from: "n-2")],
                budgets: [Self.budget(Self.web, 1), Self.budget(Self.solo, 1)]
            ),
        ]
        let forecast = PlanForecast(Self.plan(waves), on: Self.cluster(), Self.estimates)
        #expect(forecast.effects[Self.web]?.down == TimeEstimate(low: 0, high: 0))
        #expect(forecast.effects[Self.web]?.belowDesired == TimeEstimate(low: 30, high: 60))
        #expect(forecast.effects[Self.web]?.moves == 3)
        #expect(forecast.effects[Self.solo]?.down == TimeEstimate(low: 10, high: 20))
    }

    @Test
    func `pods that all leave at once are down together, and one that waits for its node as long as that is away`() {
        let wave = Wave(
            number: 1,
            rounds: 1,
            nodes: ["n-1", "n-2"],
            moves: (0..<2).map { Self.move("web-\($0)", from: "n-1") } + [
                Self.move("web-2", from: "n-2"), Self.move("solo-0", from: "n-2", to: "n-2"),
            ],
            budgets: []
        )
        let forecast = PlanForecast(Self.plan([wave]), on: Self.cluster(), Self.estimates)
        #expect(forecast.effects[Self.web]?.down == TimeEstimate(low: 10, high: 20))
        #expect(forecast.effects[Self.solo]?.down == TimeEstimate(low: 310, high: 420))
    }

    @Test func `an objective's budget is that of all its workloads, and nothing where maintenance is excluded`() throws
    {
        let wave = Wave(number: 1, rounds: 1, nodes: ["n-2"], moves: [Self.move("solo-0", from: "n-2")])
        let forecast = PlanForecast(Self.plan([wave]), on: Self.cluster(), Self.estimates)
        func expected(_ planned: Bool, _ matches: @escaping @Sendable (WorkloadID) -> Bool) -> ExpectedBudget? {
            let objective = Objective(availability: 0.99, window: .seconds(10_000), countsPlanned: planned)
            return ExpectedBudget(
                NamedObjective(name: "all", objective: objective, matches: matches),
                forecast,
                in: Self.cluster()
            )
        }
        let counted = try #require(expected(true) { _ in true })
        #expect(counted.workloads == ["shop/solo", "shop/web"])
        #expect((counted.secondsAllowed - 200).magnitude < 1e-6)
        #expect((counted.spentShare.low - 0.05).magnitude < 1e-9 && (counted.spentShare.high - 0.1).magnitude < 1e-9)
        #expect(counted.downWorkloads == ["shop/solo"])
        #expect(expected(false) { _ in true }?.spentShare == TimeEstimate(low: 0, high: 0))
        #expect(expected(true) { $0.name == "nobody" } == nil)
        #expect(expected(true) { $0 == Self.web }?.secondsDown == TimeEstimate(low: 0, high: 0))
    }
}
