import ClusterModel
import Testing

@testable import Planning

/// Plans of small clusters with rules between pods, held against trying everything; the argument is a block of seeds.
@Suite struct PlannerRuleTests {
    private static let blocks = 0..<20
    private static let seedsInBlock = 110

    private func seeds(_ block: Int) -> Range<Int> {
        (block * Self.seedsInBlock + 1)..<((block + 1) * Self.seedsInBlock + 1)
    }

    private func plan(_ puzzle: RulePuzzle, _ cluster: Cluster) -> Plan {
        var planner = Planner(
            cluster: cluster,
            policy: puzzle.policy,
            campaign: Campaign(purpose: .service),
            createdAt: Instant(milliseconds: 0)
        )
        planner.effort = 2
        return planner.plan()
    }

    @Test(arguments: blocks)
    func `what can leave at all is planned, and every obstacle is real`(block: Int) {
        for seed in seeds(block) {
            let puzzle = RulePuzzle(seed: UInt64(seed))
            let cluster = puzzle.cluster
            let plan = plan(puzzle, cluster)
            #expect(plan.brokenClaims(on: cluster).isEmpty, "seed \(seed)")
            #expect(plan.nodes.count == RulePuzzleSolver(puzzle).most, "seed \(seed)")
            // A third of them is enough for what takes as many plans again as there are obstacles.
            if seed.isMultiple(of: 3) { expectRealObstacles(of: plan, puzzle, cluster, seed: seed) }
        }
    }

    /// A node without its obstacles can leave.
    private func expectRealObstacles(of plan: Plan, _ puzzle: RulePuzzle, _ cluster: Cluster, seed: Int) {
        for node in Set(plan.obstacles.compactMap(\.node)).sorted() {
            let findings = plan.obstacles.filter { $0.node == node }
            guard let cleared = cleared(cluster, of: findings) else { continue }
            let replan = self.plan(puzzle, cleared)
            let gains = replan.nodes.contains(node) || replan.nodes.count > plan.nodes.count
            #expect(gains, "seed \(seed), \(node): \(findings.map(\.message))")
        }
    }

    /// The same cluster without the rules that the node's obstacles name; nil where nothing is named.
    private func cleared(_ cluster: Cluster, of findings: [Finding]) -> Cluster? {
        if findings.isEmpty { return nil }
        let rules = Set(findings.map(\.rule))
        var nodes = cluster.nodes
        if rules.contains(.noRoom) { for index in nodes.indices { nodes[index].allocatable.cpu *= 10 } }
        var volumes = Array(cluster.volumes.values)
        if rules.contains(.volume) { for index in volumes.indices { volumes[index].topology = [:] } }
        var budgets = cluster.budgets
        if rules.contains(.budgetDeadlock) {
            for index in budgets.indices { budgets[index].rule = .maxUnavailable(.count(9)) }
        }
        let pods = cluster.pods.map { pod in
            var pod = pod
            if rules.contains(.podAntiAffinity) { pod.podAntiAffinity = [] }
            if rules.contains(.podAffinity) { pod.podAffinity = [] }
            if rules.contains(.topologySpread) { pod.topologySpread = [] }
            if rules.contains(.hostPort) { pod.hostPorts = [] }
            return pod
        }
        return Cluster(
            nodes: nodes,
            pods: pods,
            workloads: Array(cluster.workloads.values),
            budgets: budgets,
            volumes: volumes
        )
    }

    @Test func `the seeds meet every rule`() {
        var rules: Set<Finding.Rule> = []
        for seed in 1...300 {
            let puzzle = RulePuzzle(seed: UInt64(seed))
            rules.formUnion(plan(puzzle, puzzle.cluster).obstacles.map(\.rule))
        }
        let wanted: Set<Finding.Rule> = [.noRoom, .podAntiAffinity, .podAffinity, .topologySpread, .hostPort, .volume]
        #expect(rules.isSuperset(of: wanted), "\(rules)")
    }
}
