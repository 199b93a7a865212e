import ClusterModel
import Testing

@testable import Planning

@Suite struct CampaignExplanationTests {
    private func plan(_ cluster: Cluster, _ policy: Policy, _ purpose: Campaign.Purpose = .service) -> Plan {
        CampaignPlanner(
            cluster: cluster,
            policy: policy,
            campaign: Campaign(purpose: purpose),
            createdAt: Instant(milliseconds: 0)
        ).plan()
    }

    /// A plan by hand, so that what it could have done better is known.
    private func plan(_ cluster: Cluster, _ policy: Policy, waves: [[String]], moves: [Move] = []) -> Plan {
        Plan(
            campaign: Campaign(purpose: .service),
            policy: policy,
            createdAt: Instant(milliseconds: 0),
            waves: zip(1..., waves).map { number, nodes in
                Wave(number: number, rounds: 1, nodes: nodes, moves: moves.filter { nodes.contains($0.from) })
            },
            findings: [],
            bounds: Bounds(waves: 0, rounds: 0, evictions: 0)
        )
    }

    private func alternatives(_ plan: Plan, _ cluster: Cluster, _ node: String) -> [NodeExplanation.Alternative] {
        PlanExplainer(plan, on: cluster).explain(node)?.places.flatMap(\.earlier) ?? []
    }

    private func reason(_ alternative: NodeExplanation.Alternative?) -> String {
        guard case .forbidden(let ground, let why) = alternative?.verdict else { return "possible" }
        return "\(ground.rawValue): \(why)"
    }

    @Test func `a full wave says so`() {
        let cluster = Cluster.with(nodes: 3)
        let plan = plan(cluster, Policy(maxOut: .count(1)))
        let found = alternatives(plan, cluster, "w-3")
        #expect(found.map(\.wave) == [1, 2])
        #expect(found.map(reason) == Array(repeating: "max-out: it is full: 1 of 1 nodes allowed out", count: 2))
    }

    @Test func `a spent budget is named with its numbers`() {
        let cluster = Cluster.with(nodes: 3) {
            $0.addWorkload("web", on: ["w-1", "w-2"])
            $0.addBudget("web", app: "web", .maxUnavailable(.count(1)))
        }
        let plan = plan(
            cluster,
            Policy(maxOut: .count(2)),
            waves: [["w-1"], ["w-2"]],
            moves: [move("web-1", "w-1", "w-3"), move("web-2", "w-2", "w-3")]
        )
        #expect(
            reason(alternatives(plan, cluster, "w-2").first)
                == "budget: budget shop/web allows 1 at once, the wave evicts 2 in 1 round"
        )
    }

    @Test func `another zone is named`() {
        var builder = ClusterBuilder()
        builder.addNode("w-1", zone: "a")
        builder.addNode("w-2", zone: "b")
        let policy = Policy(maxOut: .count(2), oneZoneAtATime: true)
        let plan = plan(builder.cluster, policy, waves: [["w-1"], ["w-2"]])
        #expect(
            reason(alternatives(plan, builder.cluster, "w-2").first).hasPrefix("zone: nodes of several zones (a, b)")
        )
    }

    @Test func `no room is told with the pod, the resource and the best node`() {
        let cluster = Cluster.with(nodes: 3) {
            $0.addWorkload("a", on: ["w-1"], requests: Resources(cpu: 3000, pods: 1))
            $0.addWorkload("b", on: ["w-2"], requests: Resources(cpu: 2000, pods: 1))
        }
        let plan = plan(
            cluster,
            Policy(maxOut: .count(2), defaultBudget: nil),
            waves: [["w-1"], ["w-2"]],
            moves: [move("a-1", "w-1", "w-3"), move("b-1", "w-2", "w-1")]
        )
        #expect(
            reason(alternatives(plan, cluster, "w-2").first)
                == "room: pod shop/b-1 asks for 2 cores, and the best node, w-3, has 1 cores free"
        )
    }

    @Test func `what could have been is told with what it would cost`() {
        let cluster = Cluster.with(nodes: 4) { $0.addWorkload("a", on: ["w-1"]) }
        let plan = plan(
            cluster,
            Policy(maxOut: .count(2)),
            waves: [["w-2"], ["w-1", "w-3"], ["w-4"]],
            moves: [move("a-1", "w-1", "w-2")]
        )
        let found = alternatives(plan, cluster, "w-1")
        // The pod goes to w-3 or w-4, which have not had their turn: it moves twice, in one wave the fewer.
        guard case .possible(let cost?) = found.first?.verdict else {
            Issue.record("\(found)")
            return
        }
        #expect(cost.waves == -1)
        #expect(cost.evictions >= 0)
        #expect(cost.nodesLeftOut == 0)
    }

    @Test func `the wave's other pods may make way`() {
        let cluster = Cluster.with(nodes: 4) {
            $0.addWorkload("a", on: ["w-1"], requests: Resources(cpu: 2000, pods: 1))
            $0.addWorkload("b", on: ["w-2"], requests: Resources(cpu: 3000, pods: 1))
            $0.addWorkload("c", on: ["w-3"], requests: Resources(cpu: 2000, pods: 1))
        }
        let plan = plan(
            cluster,
            Policy(maxOut: .count(2), defaultBudget: nil),
            waves: [["w-1"], ["w-2"]],
            moves: [move("a-1", "w-1", "w-4"), move("b-1", "w-2", "w-1")]
        )
        #expect(reason(alternatives(plan, cluster, "w-2").first) == "possible")
    }

    @Test func `pods that would have come to the node find another place`() {
        let cluster = Cluster.with(nodes: 4) { $0.addWorkload("a", on: ["w-1"]) }
        let plan = plan(
            cluster,
            Policy(maxOut: .count(2)),
            waves: [["w-1"], ["w-2"]],
            moves: [move("a-1", "w-1", "w-2"), move("a-1", "w-2", "w-1")]
        )
        guard case .possible(let cost?) = alternatives(plan, cluster, "w-2").first?.verdict else {
            Issue.record("\(alternatives(plan, cluster, "w-2"))")
            return
        }
        #expect(cost == NodeExplanation.Cost(waves: -1, rounds: -1, evictions: -1, nodesLeftOut: 0))
    }

    @Test func `a canary is kept small`() {
        let cluster = Cluster.with(nodes: 3)
        let policy = Policy(maxOut: .count(2), canary: Canary(nodes: 1, soak: .seconds(60)))
        var plan = plan(cluster, policy, waves: [["w-1"], ["w-2", "w-3"]])
        plan.waves[0].isCanary = true
        #expect(reason(alternatives(plan, cluster, "w-2").first) == "canary: it is the canary, kept to 1 of the nodes")
    }

    @Test func `in an upgrade every stage of a node has its reasons`() throws {
        var builder = ClusterBuilder()
        for name in ["cp-1", "cp-2", "cp-3"] { builder.addNode(name, isControlPlane: true, version: Version("1.28")) }
        builder.addNode("w-1", version: Version("1.28"))
        let target = try #require(Version("1.30"))
        let plan = plan(builder.cluster, Policy(maxOut: .count(2)), .upgrade(to: target))
        let member = try #require(PlanExplainer(plan, on: builder.cluster).explain("cp-2"))
        #expect(member.places.map(\.wave) == [2, 5])
        #expect(
            member.places[0].earlier.map(reason)
                == ["control-plane: control-plane nodes leave one at a time, and cp-1 is out then"]
        )
        #expect(member.places[1].earlier.map(\.wave) == [3, 4])
        #expect(reason(member.places[1].earlier[0]) == "version: it takes its nodes to v1.29, and cp-2 goes to v1.30")
        let worker = alternatives(plan, builder.cluster, "w-1")
        #expect(reason(worker.last) == "control-plane: control-plane node cp-3 is out then, and leaves alone")
    }

    @Test func `a node that is left out says what keeps it`() throws {
        let cluster = Cluster.with(nodes: 2) { $0.addPod("debug", on: "w-1") }
        let explanation = try #require(PlanExplainer(plan(cluster, Policy()), on: cluster).explain("w-1"))
        #expect(explanation.places.isEmpty)
        #expect(explanation.findings.map(\.rule) == [.barePod])
        #expect(explanation.passedOver == nil)
    }

    @Test(arguments: [
        (Campaign(purpose: .service, skippedNodes: ["w-1"]), "the campaign skips it"),
        (
            Campaign(purpose: .service, selector: LabelSelector(matchLabels: ["pool": "gpu"])),
            "the campaign's selector does not match its labels"
        ),
        (Campaign(purpose: .service, nodeNames: ["w-2"]), "the campaign names its nodes, and not this one"),
        (Campaign(purpose: .replace(node: "w-2", with: nil)), "the campaign replaces w-2 only"),
    ])
    func `a node that is not chosen says why`(campaign: Campaign, why: String) {
        let cluster = Cluster.with(nodes: 2)
        var plan = plan(cluster, Policy(), waves: [["w-2"]])
        plan.campaign = campaign
        #expect(PlanExplainer(plan, on: cluster).explain("w-1")?.passedOver == why)
        #expect(PlanExplainer(plan, on: cluster).explain("w-2")?.passedOver == nil || why.contains("labels"))
        #expect(PlanExplainer(plan, on: cluster).explain("w-9") == nil)
    }
}
