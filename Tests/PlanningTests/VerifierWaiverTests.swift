import Testing

@testable import ClusterModel
@testable import Planning

struct VerifierWaiverTests {
    /// A scenario that one waiver makes right, and what the verifier says without it.
    struct Case: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var rules: [Finding.Rule]
        var subjects: [String]
        var without: BrokenClaim
        var build: @Sendable (inout PlacementScenario) -> Void

        func claims(_ rule: Finding.Rule?, _ subject: String, expires: Int64 = 2000) -> [BrokenClaim] {
            var scenario = PlacementScenario()
            build(&scenario)
            if let rule {
                let expires = Instant(milliseconds: expires)
                scenario.policy.waivers = [Waiver(rule: rule, subject: subject, reason: "agreed", expires: expires)]
            }
            return scenario.claims
        }
    }

    @Test(arguments: cases) func `a waiver lets pass what it names until it expires`(example: Case) {
        #expect(example.claims(nil, "").contains(example.without))
        for rule in example.rules {
            for subject in example.subjects {
                #expect(example.claims(rule, subject) == [], "\(rule) \(subject)")
                #expect(example.claims(rule, subject, expires: 1001) == [], "\(rule) \(subject)")
                #expect(example.claims(rule, subject, expires: 1000).contains(example.without), "\(rule) \(subject)")
            }
        }
    }

    @Test(arguments: cases) func `a waiver of another subject or rule lets nothing pass`(example: Case) {
        for rule in example.rules { #expect(example.claims(rule, "shop/other").contains(example.without)) }
        for rule in Finding.Rule.allCases where !example.rules.contains(rule) {
            for subject in example.subjects {
                #expect(example.claims(rule, subject).contains(example.without), "\(rule) \(subject)")
            }
        }
    }

    static let web = ClusterBuilder.id("web-1")
    static let limits: [Finding.Rule] = [.impossibleBudget, .spentBudget, .unhealthyPods, .uncountedBudget]
    static let places: [Finding.Rule] = [
        .pinnedPod, .noRoom, .podAffinity, .podAntiAffinity, .topologySpread, .volume, .hostPort,
    ]

    static let cases: [Case] = [
        Case(
            testDescription: "a budget of none",
            rules: limits,
            subjects: ["shop/web"],
            without: .budget("shop/web", evictions: 1, allowed: 0, rounds: 1, isDefault: false, wave: 1)
        ) {
            $0.add("web-1", on: "w-1")
            $0.builder.addBudget("web", app: "web", .maxUnavailable(.count(0)))
            $0.drain(["w-1"], ["web-1": "w-3"])
        },
        Case(
            testDescription: "a default of none",
            rules: limits,
            subjects: ["shop/web"],
            without: .budget("Deployment shop/web", evictions: 1, allowed: 0, rounds: 1, isDefault: true, wave: 1)
        ) {
            $0.policy.defaultBudget = .count(0)
            $0.builder.addWorkload("web", on: ["w-1"])
            $0.drain(["w-1"], ["web-1": "w-3"])
        },
        Case(
            testDescription: "two budgets",
            rules: [.twoBudgets],
            subjects: ["shop/web-1", "shop/web", "shop/all"],
            without: .move(web, .twoBudgets([ClusterBuilder.id("all"), ClusterBuilder.id("web")]), wave: 1)
        ) {
            $0.addUnderTwoBudgets()
            $0.drain(["w-1"], ["web-1": "w-3"])
        },
        Case(
            testDescription: "a bare pod",
            rules: [.barePod],
            subjects: ["shop/web-1", "w-1"],
            without: .move(web, .bare(node: "w-1"), wave: 1)
        ) {
            $0.add("web-1", on: "w-1") { $0.owner = nil }
            $0.drain(["w-1"], ["web-1": "w-1"])
        },
        Case(
            testDescription: "a pod that waits for its own node",
            rules: places,
            subjects: ["shop/web-1"],
            without: refused("web-1", "w-1", .inWave)
        ) {
            $0.add("web-1", on: "w-1") { $0.nodeSelector = [hostKey: "w-1"] }
            $0.drain(["w-1"], ["web-1": "w-1"])
        },
        Case(
            testDescription: "a node that is not Ready",
            rules: [.nodeNotReady],
            subjects: ["w-1"],
            without: .node("w-1", .notReady, wave: 1)
        ) {
            $0.builder.changeNode("w-1") { $0.ready = false }
            $0.drain(["w-1"], [:])
        },
        Case(
            testDescription: "somebody's cordon",
            rules: [.foreignCordon],
            subjects: ["w-1"],
            without: .node("w-1", .foreignCordon(by: nil), wave: 1)
        ) {
            $0.builder.changeNode("w-1") { $0.unschedulable = true }
            $0.drain(["w-1"], [:])
        },
        Case(
            testDescription: "the majority of the control plane",
            rules: [.controlPlaneQuorum],
            subjects: ["cp-2"],
            without: .controlPlane(.quorum(ready: 1, needed: 2, members: 3), wave: 1)
        ) {
            for name in ["cp-1", "cp-2", "cp-3"] { $0.builder.addNode(name, isControlPlane: true) }
            $0.builder.changeNode("cp-1") { $0.ready = false }
            $0.drain(["cp-2"], [:])
        },
    ]
}

struct VerifierWaivedMoveTests {
    private func waived(_ rule: Finding.Rule, _ subject: String) -> PlacementScenario {
        var scenario = PlacementScenario()
        let expires = Instant(milliseconds: 2000)
        scenario.policy.waivers = [Waiver(rule: rule, subject: subject, reason: "agreed", expires: expires)]
        return scenario
    }

    @Test func `under a waiver of two budgets each of them must allow the eviction`() {
        var scenario = waived(.twoBudgets, "shop/web-1")
        scenario.addUnderTwoBudgets()
        scenario.drain(["w-1"], ["web-1": "w-3"])
        #expect(scenario.claims == [])
        scenario.builder.addBudget("none", app: "web", .maxUnavailable(.count(0)))
        let expected = BrokenClaim.budget(
            "shop/none",
            evictions: 1,
            allowed: 0,
            rounds: 1,
            isDefault: false,
            wave: 1
        )
        #expect(scenario.claims == [expected])
    }

    @Test func `what several budgets hold back spends none of them`() {
        var scenario = PlacementScenario()
        scenario.addUnderTwoBudgets()
        scenario.builder.budgets[0].rule = .maxUnavailable(.count(0))
        scenario.drain(["w-1"], ["web-1": "w-3"])
        let budgets = [ClusterBuilder.id("all"), ClusterBuilder.id("web")]
        #expect(scenario.claims == [.move(ClusterBuilder.id("web-1"), .twoBudgets(budgets), wave: 1)])
    }

    @Test func `a waived budget still lets go no more than one at a time`() {
        var scenario = waived(.spentBudget, "shop/web")
        for (pod, node) in ["web-1": "w-1", "web-2": "w-2"] as KeyValuePairs { scenario.add(pod, on: node) }
        scenario.builder.addBudget("web", app: "web", .maxUnavailable(.count(0)))
        scenario.drain(["w-1", "w-2"], ["web-1": "w-3", "web-2": "w-3"])
        let expected = BrokenClaim.budget(
            "shop/web",
            evictions: 2,
            allowed: 1,
            rounds: 1,
            isDefault: false,
            wave: 1
        )
        #expect(scenario.claims == [expected])
    }

    @Test func `a bare pod does not come up elsewhere`() {
        var scenario = waived(.barePod, "shop/web-1")
        scenario.add("web-1", on: "w-1") { $0.owner = nil }
        scenario.drain(["w-1"], ["web-1": "w-3"])
        #expect(scenario.claims == [.move(ClusterBuilder.id("web-1"), .notMadeAgain(to: "w-3"), wave: 1)])
    }

    @Test func `a bare pod that has ended holds nothing`() {
        var scenario = waived(.barePod, "shop/bare-1")
        scenario.builder.changeNode("w-1") { $0.allocatable.cpu = 1000 }
        scenario.add("bare-1", on: "w-1") {
            $0.owner = nil
            $0.requests.cpu = 1000
            $0.podAntiAffinity = [term("web")]
        }
        scenario.add("web-1", on: "w-5") { $0.requests.cpu = 1000 }
        scenario.drain(["w-1"], ["bare-1": "w-1"])
        scenario.drain(["w-5"], ["web-1": "w-1"])
        #expect(scenario.claims == [])
        scenario.waves.removeFirst()
        #expect(scenario.claims.contains(.room("w-1", .init(resource: "cpu", wanted: 1000, free: 0), wave: 2)))
    }

    @Test func `a pod that waits holds its node's room after the wave`() {
        var scenario = waived(.noRoom, "shop/big-1")
        scenario.builder.changeNode("w-1") { $0.allocatable.cpu = 1000 }
        scenario.add("big-1", on: "w-1") { $0.requests.cpu = 800 }
        scenario.add("web-1", on: "w-5") { $0.requests.cpu = 300 }
        scenario.drain(["w-1"], ["big-1": "w-1"])
        scenario.drain(["w-5"], ["web-1": "w-1"])
        #expect(scenario.claims == [.room("w-1", .init(resource: "cpu", wanted: 300, free: 200), wave: 2)])
    }

    @Test func `a pod that waits is nobody's fellow, but keeps those away whom it repels`() {
        var scenario = waived(.pinnedPod, "shop/db-1")
        scenario.add("db-1", on: "w-1") { $0.podAntiAffinity = [term("api")] }
        scenario.add("web-1", on: "w-1") { $0.podAffinity = [term("db")] }
        scenario.add("api-1", on: "w-3")
        scenario.drain(["w-1", "w-3"], ["db-1": "w-1", "web-1": "w-2", "api-1": "w-2"])
        let zone = domain(zoneKey, "a")
        #expect(
            scenario.claims == [
                refused("api-1", "w-2", .foreignAntiAffinity(of: ClusterBuilder.id("db-1"), in: zone)),
                refused("web-1", "w-2", .affinity(in: zone)),
            ]
        )
    }

    @Test func `a pod that waits is not counted where others are spread`() {
        var scenario = waived(.volume, "shop/web-1")
        for (pod, node) in ["web-1": "w-1", "web-2": "w-3", "web-3": "w-5"] as KeyValuePairs {
            scenario.add(pod, on: node) {
                $0.topologySpread = [TopologySpread(maxSkew: 1, topologyKey: zoneKey, selector: selector(app: "web"))]
            }
        }
        scenario.drain(["w-1", "w-3"], ["web-1": "w-1", "web-2": "w-2"])
        #expect(scenario.claims == [])
        scenario.waves[0].moves[1].to = "w-5"
        let fault = BrokenClaim.TargetFault.spread(in: domain(zoneKey, "c"), pods: 2, least: 0, maxSkew: 1)
        #expect(scenario.claims == [refused("web-2", "w-5", fault)])
    }

    @Test func `nobody waits for a node that is replaced`() {
        var scenario = waived(.pinnedPod, "shop/web-1")
        scenario.campaign.purpose = .replace(node: "w-1", with: nil)
        scenario.add("web-1", on: "w-1")
        scenario.drain(["w-1"], ["web-1": "w-1"])
        #expect(scenario.claims == [refused("web-1", "w-1", .inWave)])
    }

    @Test func `the moment of a check decides, and without one no waiver counts`() {
        var scenario = waived(.nodeNotReady, "w-1")
        scenario.builder.changeNode("w-1") { $0.ready = false }
        scenario.drain(["w-1"], [:])
        let verifier = scenario.verifier
        let refused = [BrokenClaim.node("w-1", .notReady, wave: 1)]
        #expect(verifier.brokenClaims(of: scenario.plan) == [])
        #expect(verifier.brokenClaims(of: scenario.plan, at: Instant(milliseconds: 2000)) == refused)
        let wave = scenario.waves[0]
        #expect(verifier.brokenClaims(of: wave, settled: []) == refused)
        #expect(verifier.brokenClaims(of: wave, settled: [], at: Instant(milliseconds: 1)) == [])
        #expect(verifier.refutation(of: ["w-1"], rounds: 1, placements: []) == refused)
        #expect(verifier.refutation(of: ["w-1"], rounds: 1, placements: nil, at: Instant(milliseconds: 1999)) == [])
    }
}

extension PlacementScenario {
    /// `web-1` on `w-1` under the budgets `all` and `web`, which allow one each.
    fileprivate mutating func addUnderTwoBudgets() {
        add("web-1", on: "w-1")
        for name in ["web", "all"] { builder.addBudget(name, app: "web", .maxUnavailable(.count(1))) }
    }
}
