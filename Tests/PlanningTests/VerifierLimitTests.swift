import ClusterModel
import Testing

@testable import Planning

struct VerifierLimitTests {
    @Test(arguments: limits) func `zones and pools have limits of their own`(example: PlacementCase) {
        #expect(example.scenario.claims == example.expected)
        #expect(example.scenario.refutation == example.expected)
    }

    static let west = LabelSelector(matchLabels: ["pool": "west"])

    static let limits: [PlacementCase] = [
        PlacementCase("two of a zone", .wave(.tooManyInZone("a", 2, limit: 1), wave: 1)) {
            $0.policy.perZone = .count(1)
            $0.drain(["w-1", "w-2"], [:])
        },
        PlacementCase("one of each zone") {
            $0.policy.perZone = .count(1)
            $0.drain(["w-1", "w-3"], [:])
        },
        PlacementCase("a percentage of the zone", .wave(.tooManyInZone("b", 2, limit: 1), wave: 1)) {
            $0.policy.perZone = .percent(99)  // of 2 nodes: 1.98, cut
            $0.drain(["w-3", "w-4"], [:])
        },
        PlacementCase("a percentage is at least one") {
            $0.policy.perZone = .percent(1)
            $0.drain(["w-3", "w-1"], [:])
        },
        PlacementCase("nodes of no zone have no such limit") {
            $0.policy.perZone = .count(1)
            for name in ["w-1", "w-2"] { $0.builder.changeNode(name) { $0.labels = [:] } }
            $0.drain(["w-1", "w-2"], [:])
        },
        PlacementCase("two of a pool", .wave(.tooManyInPool(west, 2, limit: 1), wave: 1)) {
            $0.policy.pools = [PoolLimit(selector: west, maxOut: .count(1))]
            for name in ["w-1", "w-3"] { $0.builder.changeNode(name) { $0.labels["pool"] = "west" } }
            $0.drain(["w-1", "w-3"], [:])
        },
        PlacementCase("one of a pool and another node") {
            $0.policy.pools = [PoolLimit(selector: west, maxOut: .count(1))]
            for name in ["w-1", "w-3"] { $0.builder.changeNode(name) { $0.labels["pool"] = "west" } }
            $0.drain(["w-1", "w-2"], [:])
        },
        PlacementCase("each of two pools", .wave(.tooManyInPool(LabelSelector(), 2, limit: 1), wave: 1)) {
            $0.policy.pools = [
                PoolLimit(selector: west, maxOut: .count(1)),
                PoolLimit(selector: LabelSelector(), maxOut: .percent(39)),  // of 5 nodes: 1.95, cut
            ]
            $0.drain(["w-1", "w-3"], [:])
        },
    ]

    @Test(arguments: canaries) func `the first wave of workers is the canary where one is wanted`(
        example: PlacementCase
    ) {
        #expect(example.scenario.claims == example.expected)
    }

    static let canaries: [PlacementCase] = [
        PlacementCase("as wanted") {
            $0.policy.canary = Canary(nodes: 1, soak: .seconds(60))
            $0.drain(["w-1"], [:])
            $0.drain(["w-2", "w-3"], [:])
            $0.waves[0].isCanary = true
        },
        PlacementCase("too big", .wave(.canaryTooBig(2, limit: 1), wave: 1)) {
            $0.policy.canary = Canary(nodes: 1, soak: .seconds(60))
            $0.drain(["w-1", "w-3"], [:])
            $0.waves[0].isCanary = true
        },
        PlacementCase("missing", .wave(.noCanary, wave: 1)) {
            $0.policy.canary = Canary(nodes: 1, soak: .seconds(60))
            $0.drain(["w-1"], [:])
        },
        PlacementCase("late", .wave(.noCanary, wave: 1), .wave(.needlessCanary, wave: 2)) {
            $0.policy.canary = Canary(nodes: 1, soak: .seconds(60))
            $0.drain(["w-1"], [:])
            $0.drain(["w-2"], [:])
            $0.waves[1].isCanary = true
        },
        PlacementCase("not asked for", .wave(.needlessCanary, wave: 1)) {
            $0.drain(["w-1"], [:])
            $0.waves[0].isCanary = true
        },
        PlacementCase("after the control plane") {
            $0.policy.canary = Canary(nodes: 1, soak: .seconds(60))
            $0.builder.addNode("cp-1", isControlPlane: true)
            $0.drain(["cp-1"], [:])
            $0.drain(["w-1"], [:])
            $0.waves[1].isCanary = true
        },
    ]

    @Test(arguments: leaders) func `the leader of the control plane leaves last`(example: PlacementCase) {
        #expect(example.scenario.claims == example.expected)
    }

    static let leaders: [PlacementCase] = [
        PlacementCase("last") {
            $0.addControlPlane(leader: "cp-3")
            for name in ["cp-1", "cp-2", "cp-3"] { $0.drain([name], [:]) }
        },
        PlacementCase("second", .controlPlane(.leaderFirst("cp-2", before: "cp-3"), wave: 2)) {
            $0.addControlPlane(leader: "cp-2")
            for name in ["cp-1", "cp-2", "cp-3"] { $0.drain([name], [:]) }
        },
        PlacementCase("of those that take part") {
            $0.addControlPlane(leader: "cp-1")
            $0.drain(["cp-1"], [:])
            $0.drain(["w-1"], [:])
        },
        PlacementCase("two leaders after the third") {
            $0.addControlPlane(leader: "cp-1")
            $0.leaders.insert("cp-3")
            for name in ["cp-2", "cp-1", "cp-3"] { $0.drain([name], [:]) }
        },
        PlacementCase("a worker leads nothing") {
            $0.addControlPlane(leader: "w-1")
            for name in ["w-1", "cp-1"] { $0.drain([name], [:]) }
        },
    ]

    @Test func `on the live cluster a leader waits for those that remain`() {
        var scenario = PlacementScenario()
        scenario.addControlPlane(leader: "cp-2")
        func refutation(_ remaining: Set<String>) -> [BrokenClaim] {
            scenario.verifier.refutation(of: ["cp-2"], rounds: 1, placements: [], wave: 5, remaining: remaining)
        }
        #expect(refutation(["cp-2", "w-1"]) == [])
        #expect(refutation(["cp-3", "cp-2"]) == [.controlPlane(.leaderFirst("cp-2", before: "cp-3"), wave: 5)])
    }

    @Test func `a service takes control-plane nodes at any time, but alone`() {
        var scenario = PlacementScenario()
        scenario.addControlPlane(leader: "cp-3")
        scenario.drain(["w-1"], [:])
        scenario.drain(["cp-1"], [:])
        #expect(scenario.claims == [])
        scenario.drain(["cp-2", "w-2"], [:])
        #expect(scenario.claims == [.controlPlane(.withWorkers("cp-2"), wave: 3)])
    }

    @Test func `a skipped node takes part only as a place`() {
        var scenario = PlacementScenario()
        scenario.campaign.skippedNodes = ["w-2"]
        scenario.add("web-1", on: "w-1")
        scenario.drain(["w-1"], ["web-1": "w-2"])
        #expect(scenario.claims == [])
        scenario.drain(["w-2"], ["web-1": "w-1"])
        #expect(scenario.claims == [.node("w-2", .notChosen, wave: 2)])
    }
}

extension PlacementScenario {
    fileprivate mutating func addControlPlane(leader: String) {
        for name in ["cp-1", "cp-2", "cp-3"] { builder.addNode(name, isControlPlane: true) }
        leaders = [leader]
    }
}

struct VerifierReplacementTests {
    @Test(arguments: cases) func `a machine is replaced once and for good`(example: PlacementCase) {
        #expect(example.scenario.claims == example.expected)
    }

    static let cases: [PlacementCase] = [
        PlacementCase("by the node that has joined") { $0.replace("w-1", with: "w-5") },
        PlacementCase("by nobody yet") { $0.replace("w-1", with: nil) },
        PlacementCase("by a node that is not there", .node("w-9", .noReplacement, wave: 1)) {
            $0.replace("w-1", with: "w-9")
        },
        PlacementCase("by itself", .node("w-1", .noReplacement, wave: 1)) { $0.replace("w-1", with: "w-1") },
        PlacementCase("by a node that is not Ready", .node("w-5", .replacementNotReady, wave: 1)) {
            $0.replace("w-1", with: "w-5")
            $0.builder.changeNode("w-5") { $0.ready = false }
            $0.waves[0].moves[0].to = "w-2"
        },
        PlacementCase("by a cordoned node", .node("w-5", .replacementCordoned, wave: 1)) {
            $0.replace("w-1", with: "w-5")
            $0.builder.changeNode("w-5") { $0.unschedulable = true }
            $0.waves[0].moves[0].to = "w-2"
        },
        PlacementCase("a dead machine") {
            $0.replace("w-1", with: "w-5")
            $0.builder.changeNode("w-1") { $0.ready = false }
        },
        PlacementCase("another node with it", .node("w-2", .notChosen, wave: 2)) {
            $0.replace("w-1", with: "w-5")
            $0.drain(["w-2"], [:])
        },
        PlacementCase("twice", .node("w-1", .repeated, wave: 2)) {
            $0.replace("w-1", with: "w-5")
            $0.drain(["w-1"], [:])
        },
        PlacementCase(
            "and used again",
            .node("w-5", .notChosen, wave: 2),
            refused("web-1", "w-1", .replaced, wave: 2)
        ) {
            $0.replace("w-1", with: "w-5")
            $0.drain(["w-5"], ["web-1": "w-1"])
        },
    ]

    /// `cp-3` is replaced; of the three members those named are dead.
    @Test(
        arguments: [
            ([], []), (["cp-3"], []), (["cp-1", "cp-3"], []),
            (["cp-1"], [.controlPlane(.quorum(ready: 1, needed: 2, members: 3), wave: 1)]),
        ] as [([String], [BrokenClaim])]
    )
    func `a dead member takes nothing from the majority when it is replaced`(dead: [String], expected: [BrokenClaim]) {
        var scenario = PlacementScenario()
        for name in ["cp-1", "cp-2", "cp-3"] { scenario.builder.addNode(name, isControlPlane: true) }
        for name in dead { scenario.builder.changeNode(name) { $0.ready = false } }
        scenario.campaign.purpose = .replace(node: "cp-3", with: nil)
        scenario.drain(["cp-3"], [:])
        #expect(scenario.claims == expected)
    }
}

extension PlacementScenario {
    /// `web-1` leaves the node for `w-5`.
    fileprivate mutating func replace(_ node: String, with successor: String?) {
        campaign.purpose = .replace(node: node, with: successor)
        add("web-1", on: node)
        drain([node], ["web-1": "w-5"])
    }
}
