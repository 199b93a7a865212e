import ClusterModel
import Testing

@testable import Planning

struct VerifierBudgetTests {
    @Test(arguments: budgets) func `a plan that spends too much is refused for it`(mutation: Mutation) {
        var scenario = VerifierScenario()
        mutation.apply(&scenario)
        #expect(scenario.claims.contains(mutation.expected), "\(scenario.claims)")
    }

    static func over(_ evictions: Int, of allowed: Int, rounds: Int = 1, wave: Int = 4) -> BrokenClaim {
        .budget("shop/web", evictions: evictions, allowed: allowed, rounds: rounds, isDefault: false, wave: wave)
    }

    static let budgets: [Mutation] = [
        Mutation("too many rounds", .rounds(claimed: 2, needed: 1, wave: 4)) { $0.waves[3].rounds = 2 },
        Mutation("no round", .rounds(claimed: 0, needed: 1, wave: 1)) { $0.waves[0].rounds = 0 },
        Mutation("too few rounds", .rounds(claimed: 1, needed: 2, wave: 4)) {
            $0.builder.changePod("web-2") { $0.node = "w-1" }
        },
        Mutation("one over", over(2, of: 1)) { $0.joinTwoWorkers() },
        Mutation("one over in two rounds", over(3, of: 1, rounds: 2)) {
            $0.joinTwoWorkers()
            $0.builder.changePod("web-3") { $0.node = "w-1" }
        },
        Mutation("nothing allowed", over(1, of: 0)) {
            $0.builder.budgets = []
            $0.builder.addBudget("web", app: "web", .minAvailable(.percent(100)))
        },
        Mutation("another pod is down", over(1, of: 0)) { $0.builder.changePod("web-3") { $0.ready = false } },
        Mutation("a replica is missing", over(1, of: 0)) {
            $0.builder.workloads[0].replicas = 4
            $0.builder.budgets[0].rule = .maxUnavailable(.count(1))
        },
        Mutation("a budget not yet counted", over(1, of: 0)) {
            $0.builder.budgets[0].status = status(allowed: 1, isCurrent: false)
        },
        Mutation("the controller allows none", over(1, of: 0)) { $0.builder.budgets[0].status = status(allowed: 0) },
        Mutation(
            "two of a workload without a budget",
            .budget("Deployment shop/api", evictions: 2, allowed: 1, rounds: 1, isDefault: true, wave: 4)
        ) { $0.joinTwoWorkers() },
        Mutation(
            "default of none",
            .budget("Deployment shop/api", evictions: 1, allowed: 0, rounds: 1, isDefault: true, wave: 4)
        ) { $0.policy.defaultBudget = .count(0) },
    ]

    static func status(allowed: Int, isCurrent: Bool = true) -> DisruptionBudget.Status {
        .init(disruptionsAllowed: allowed, currentHealthy: 3, desiredHealthy: 2, expectedPods: 3, isCurrent: isCurrent)
    }

    /// A workload of five in one place, the first `down` of them not ready.
    private func allowances(
        _ rule: DisruptionBudget.Rule?,
        down: Int = 0,
        unhealthy: DisruptionBudget.UnhealthyPodEviction = .ifHealthyBudget,
        replicas: Int = 5,
        default defaultBudget: CountOrPercent? = nil
    ) -> (cluster: Cluster, allowances: PlanVerifier.Allowances) {
        let cluster = Cluster.with(nodes: 2) { builder in
            builder.addWorkload("web", on: Array(repeating: "w-1", count: 5), replicas: replicas)
            if let rule { builder.addBudget("web", app: "web", rule, unhealthy: unhealthy) }
            for number in 0..<down { builder.changePod("web-\(number + 1)") { $0.ready = false } }
        }
        return (cluster, PlanVerifier.Allowances(cluster: cluster, defaultBudget: defaultBudget))
    }

    @Test(arguments: [
        (DisruptionBudget.Rule.minAvailable(.count(3)), 0, 2), (.minAvailable(.count(3)), 1, 1),
        (.minAvailable(.count(3)), 2, 0), (.minAvailable(.count(3)), 3, 0), (.minAvailable(.percent(50)), 0, 2),
        (.minAvailable(.percent(41)), 0, 2), (.maxUnavailable(.count(2)), 0, 2), (.maxUnavailable(.percent(30)), 0, 2),
        (.maxUnavailable(.percent(30)), 1, 1), (.maxUnavailable(.count(0)), 0, 0), (.maxUnavailable(.count(9)), 1, 4),
    ])
    func `a budget allows what the disruption controller would`(rule: DisruptionBudget.Rule, down: Int, allowed: Int) {
        #expect(allowances(rule, down: down).allowances.limits.map(\.allowed) == [allowed])
    }

    @Test(arguments: [
        (CountOrPercent.count(2), 5, 0, 2), (.count(2), 5, 1, 1), (.count(2), 5, 3, 0), (.percent(30), 5, 0, 2),
        (.count(0), 5, 0, 0), (.count(2), 6, 0, 1),
    ])
    func `a workload without a budget gets the default`(budget: CountOrPercent, replicas: Int, down: Int, allowed: Int)
    {
        let limits = allowances(nil, down: down, replicas: replicas, default: budget).allowances.limits
        #expect(limits.map(\.allowed) == [allowed])
        #expect(limits.map(\.isDefault) == [true])
    }

    @Test func `without a default nothing holds a workload back`() {
        #expect(allowances(nil).allowances.limits.isEmpty)
    }

    @Test func `a workload of one may move under the default`() {
        var scenario = VerifierScenario()
        scenario.builder.addWorkload("solo", on: ["w-1"], requests: Resources(pods: 1))
        scenario.waves[3].moves.append(move("solo-1", "w-1", "w-5"))
        #expect(scenario.claims == [])
    }

    /// Whether `web-1`, which is not ready, is counted against its budget.
    @Test(arguments: [
        (DisruptionBudget.UnhealthyPodEviction.alwaysAllow, DisruptionBudget.Rule.minAvailable(.count(5)), false),
        (.ifHealthyBudget, .minAvailable(.count(4)), false), (.ifHealthyBudget, .minAvailable(.count(5)), true),
        (.ifHealthyBudget, .minAvailable(.count(0)), true),
    ])
    func `an unready pod is counted as the eviction API does`(
        policy: DisruptionBudget.UnhealthyPodEviction,
        rule: DisruptionBudget.Rule,
        counted: Bool
    ) throws {
        let (cluster, allowances) = allowances(rule, down: 1, unhealthy: policy)
        let index = try #require(cluster.pods.firstIndex { $0.id.name == "web-1" })
        let eviction = allowances.eviction(of: index)
        if case .counted = eviction { #expect(counted) } else { #expect(!counted) }
    }

    @Test func `an unready pod under a budget not yet counted is held back`() {
        var scenario = VerifierScenario()
        scenario.builder.budgets[0].status = Self.status(allowed: 1, isCurrent: false)
        scenario.builder.changePod("web-1") { $0.ready = false }
        #expect(scenario.claims.contains(Self.over(1, of: 0)))
    }

    @Test func `a budget with any selector finds its pods`() {
        let cluster = Cluster.with(nodes: 1) { builder in
            builder.addWorkload("web", on: ["w-1"])
            builder.addWorkload("api", on: ["w-1", "w-1"])
            builder.budgets = [
                DisruptionBudget(
                    id: ClusterBuilder.id("all"),
                    selector: LabelSelector(),
                    rule: .minAvailable(.count(0))
                ),
                DisruptionBudget(id: ClusterBuilder.id("none"), selector: nil, rule: .minAvailable(.count(0))),
                DisruptionBudget(
                    id: PodID(namespace: "other", name: "all"),
                    selector: LabelSelector(),
                    rule: .minAvailable(.count(0))
                ),
                DisruptionBudget(
                    id: ClusterBuilder.id("some"),
                    selector: LabelSelector(matchExpressions: [.init(key: "app", operator: .in, values: ["api"])]),
                    rule: .minAvailable(.count(0))
                ),
            ]
        }
        let limits = PlanVerifier.Allowances(cluster: cluster, defaultBudget: .count(1)).limits
        #expect(limits.map(\.allowed) == [0, 3, 0, 2])
    }
}
