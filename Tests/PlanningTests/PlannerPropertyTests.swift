import ClusterModel
import Testing

@testable import Planning

/// What holds of every plan, on clusters by chance; the argument is the seed.
@Suite struct PlannerPropertyTests {
    private func plans(_ seed: Int) -> [(cluster: Cluster, plan: Plan)] {
        (0..<5).map { turn in
            var random = PlannerRandomCluster(seed: UInt64(seed * 10 + turn))
            let cluster = random.make()
            let plan = plan(
                cluster,
                maxOut: 1 + turn % 3,
                oneZoneAtATime: turn % 4 == 3,
                defaultBudget: turn.isMultiple(of: 2) ? .count(1) : nil,
                effort: 6
            )
            return (cluster, plan)
        }
    }

    @Test(arguments: 1...20)
    func `the verifier finds nothing`(seed: Int) {
        for (turn, (cluster, plan)) in plans(seed).enumerated() {
            #expect(plan.brokenClaims(on: cluster).isEmpty, "seed \(seed), turn \(turn)")
        }
    }

    @Test(arguments: 1...20)
    func `every node is in exactly one wave or has an obstacle`(seed: Int) {
        for (turn, (cluster, plan)) in plans(seed).enumerated() {
            let planned = plan.nodes
            let obstructed = Set(plan.obstacles.compactMap(\.node))
            #expect(Set(planned).count == planned.count, "seed \(seed), turn \(turn)")
            #expect(obstructed.isDisjoint(with: planned), "seed \(seed), turn \(turn)")
            let all = Set(cluster.nodes.map(\.name))
            #expect(obstructed.union(planned) == all, "seed \(seed), turn \(turn)")
        }
    }

    @Test(arguments: 1...20)
    func `no total is below its bound`(seed: Int) {
        for (turn, (_, plan)) in plans(seed).enumerated() {
            #expect(plan.bounds.waves <= plan.totals.waves, "seed \(seed), turn \(turn)")
            #expect(plan.bounds.rounds <= plan.totals.rounds, "seed \(seed), turn \(turn)")
            #expect(plan.bounds.evictions <= plan.totals.evictions, "seed \(seed), turn \(turn)")
        }
    }

    @Test(arguments: 1...20)
    func `the same arguments give the same plan`(seed: Int) {
        #expect(plans(seed).map(\.plan) == plans(seed).map(\.plan))
    }

    @Test func `the seeds make clusters with waves, with obstacles and with several rounds`() {
        let all = (1...20).flatMap { plans($0) }.map(\.plan)
        #expect(all.count { $0.totals.waves > 2 } > 25)
        #expect(all.count { !$0.obstacles.isEmpty } > 25)
        #expect(all.contains { plan in plan.waves.contains { $0.rounds > 1 } })
        #expect(all.contains { plan in plan.waves.contains { $0.nodes.count > 1 } })
    }
}
