import ClusterModel
import Testing

@testable import Planning

@Suite struct PlannerLimitTests {
    private func plan(_ cluster: Cluster, _ policy: Policy, purpose: Campaign.Purpose = .service) -> Plan {
        Planner(
            cluster: cluster,
            policy: policy,
            campaign: Campaign(purpose: purpose),
            createdAt: Instant(milliseconds: 0)
        ).plan()
    }

    private func zoned(_ zones: [String]) -> Cluster {
        .with(nodes: 0) { builder in
            for (number, zone) in zip(1..., zones) { builder.addNode("w-\(number)", zone: zone) }
        }
    }

    @Test(arguments: [(CountOrPercent.count(1), 3), (.count(2), 2), (.percent(100), 1), (.percent(1), 3)])
    func `a zone has no more nodes out than it may`(perZone: CountOrPercent, waves: Int) {
        let plan = plan(zoned(["a", "a", "a", "b"]), Policy(maxOut: .count(4), perZone: perZone))
        #expect(plan.waves.count == waves)
        #expect(plan.bounds.waves == waves)
        #expect(plan.nodes.count == 4)
    }

    @Test func `a pool has no more nodes out than it may`() {
        var builder = ClusterBuilder()
        for number in 1...6 { builder.addNode("w-\(number)") }
        for number in 1...4 { builder.changeNode("w-\(number)") { $0.labels["pool"] = "gpu" } }
        let pool = PoolLimit(selector: LabelSelector(matchLabels: ["pool": "gpu"]), maxOut: .percent(50))
        let plan = plan(builder.cluster, Policy(maxOut: .count(6), pools: [pool]))
        #expect(plan.waves.count == 2)
        let gpu: Set = ["w-1", "w-2", "w-3", "w-4"]
        #expect(plan.waves.map { gpu.intersection($0.nodes).count } == [2, 2])
    }

    @Test func `the first wave of workers is the canary`() {
        let cluster = Cluster.with(nodes: 5) { $0.addNode("cp-1", isControlPlane: true) }
        let policy = Policy(maxOut: .count(4), canary: Canary(nodes: 1, soak: .seconds(300)))
        let plan = plan(cluster, policy)
        #expect(plan.waves.map(\.isCanary) == [false, true, false])
        #expect(plan.waves.map(\.nodes.count) == [1, 1, 4])
        #expect(plan.waves[1].reason.hasPrefix("canary; "))
        #expect(plan.bounds.waves == 3)
    }

    @Test func `a leader is the last of the control plane`() {
        var builder = ClusterBuilder()
        for number in 1...3 {
            builder.addNode("cp-\(number)", isControlPlane: true, version: Version(major: 1, minor: 35))
        }
        var cluster = builder.cluster
        cluster.leaders = ["cp-1"]
        let plan = plan(cluster, Policy(), purpose: .upgrade(to: Version(major: 1, minor: 36)))
        #expect(plan.waves.map(\.nodes) == [["cp-2"], ["cp-3"], ["cp-1"]])
        #expect(plan.waves.map(\.version) == Array(repeating: Version(major: 1, minor: 36), count: 3))
    }

    @Test func `a replaced node takes nothing back, dead or not`() {
        let cluster = Cluster.with(nodes: 3) {
            $0.addWorkload("web", on: ["w-1", "w-2"])
            $0.changeNode("w-1") { $0.ready = false }
        }
        let plan = plan(cluster, Policy(), purpose: .replace(node: "w-1", with: "w-3"))
        #expect(plan.waves.map(\.nodes) == [["w-1"]])
        #expect(plan.obstacles.isEmpty)
        #expect(plan.waves.first?.version == nil)
        #expect(plan.brokenClaims(on: cluster).filter { $0.description.contains("not Ready") == false }.isEmpty)
    }

    @Test(arguments: [
        ("w-9", nil, Finding.Rule.missingNode), ("w-1", "w-9", .missingNode), ("w-1", "w-2", .nodeNotReady),
    ])
    func `a replacement needs both nodes`(node: String, substitute: String?, rule: Finding.Rule) {
        let cluster = Cluster.with(nodes: 3) { $0.changeNode("w-2") { $0.ready = false } }
        let plan = plan(cluster, Policy(), purpose: .replace(node: node, with: substitute))
        #expect(plan.obstacles.map(\.rule) == [rule])
        #expect(plan.waves.isEmpty)
    }
}
