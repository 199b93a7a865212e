import ClusterModel
import Testing

@testable import Planning

struct VerifierLiveTests {
    private let controlPlane: Set<String> = ["cp-1", "cp-2", "cp-3"]

    /// The control plane has been raised already.
    private var scenario: VerifierScenario {
        var scenario = VerifierScenario()
        for name in controlPlane {
            scenario.builder.changeNode(name) { $0.kubeletVersion = Version(major: 1, minor: 35) }
        }
        return scenario
    }

    @Test func `a wave is checked on the cluster as it is`() {
        #expect(scenario.verifier.brokenClaims(of: scenario.plan.waves[3], settled: controlPlane) == [])
        let early = scenario.verifier.brokenClaims(of: scenario.plan.waves[6], settled: controlPlane)
        #expect(early.contains(.move(ClusterBuilder.id("web-1"), .needless, wave: 7)))
    }

    @Test func `a settled node is not serviced again`() {
        var scenario = scenario
        scenario.builder.changeNode("w-1") { $0.kubeletVersion = Version(major: 1, minor: 35, patch: 1) }
        let claims = scenario.verifier.brokenClaims(of: scenario.plan.waves[3], settled: ["w-1"])
        #expect(claims == [.node("w-1", .repeated, wave: 4)])
    }

    @Test func `no control-plane node follows a settled worker`() {
        var scenario = scenario
        scenario.builder.changeNode("w-1") { $0.kubeletVersion = Version(major: 1, minor: 35, patch: 1) }
        let claims = scenario.verifier.brokenClaims(of: scenario.plan.waves[2], settled: ["w-1"])
        #expect(claims == [.controlPlane(.afterWorkers("cp-3"), wave: 3)])
    }

    @Test func `a new witness serves pods of new names`() {
        var scenario = scenario
        scenario.builder.changePod("web-1") { $0.id.name = "web-x7k2" }
        let moves = [move("web-x7k2", "w-1", "w-4"), move("api-1", "w-1", "w-5")]
        #expect(scenario.verifier.refutation(of: ["w-1"], rounds: 1, placements: moves) == [])
        let old = scenario.verifier.refutation(of: ["w-1"], rounds: 1, placements: scenario.waves[3].moves, wave: 4)
        #expect(old.contains(.move(ClusterBuilder.id("web-x7k2"), .missing(node: "w-1"), wave: 4)))
    }

    @Test func `without a witness the other rules still hold`() {
        var scenario = scenario
        #expect(scenario.verifier.refutation(of: ["w-1"], rounds: 1, placements: nil) == [])
        scenario.builder.changePod("web-3") { $0.ready = false }
        let claims = scenario.verifier.refutation(of: ["w-1"], rounds: 1, placements: nil)
        #expect(claims == [.budget("shop/web", evictions: 1, allowed: 0, rounds: 1, isDefault: false, wave: 1)])
    }

    @Test func `more rounds than needed refute nothing, fewer do`() {
        var scenario = scenario
        #expect(scenario.verifier.refutation(of: ["w-1"], rounds: .max, placements: nil) == [])
        scenario.builder.changePod("web-2") { $0.node = "w-1" }
        let claims = scenario.verifier.refutation(of: ["w-1"], rounds: 1, placements: nil)
        #expect(claims.contains(.rounds(claimed: 1, needed: 2, wave: 1)))
    }
}

struct BrokenClaimTextTests {
    @Test(arguments: [
        (
            BrokenClaim.budget("shop/web", evictions: 2, allowed: 1, rounds: 1, isDefault: false, wave: 4),
            "wave 4: budget shop/web allows 1 at once, the wave evicts 2 in 1 round"
        ),
        (.node("w-3", .foreignCordon(by: nil), wave: 6), "wave 6: node w-3 was cordoned by somebody else"),
        (
            .target(ClusterBuilder.id("web-1"), to: "w-5", .taint(Taint(key: "gpu", effect: .noSchedule)), wave: 4),
            "wave 4: pod shop/web-1 cannot go to node w-5, whose taint gpu=:NoSchedule it does not tolerate"
        ),
        (.rounds(claimed: 1, needed: 2, wave: 4), "wave 4: 1 round claimed, its neediest node needs 2"),
        (
            .wave(.severalZones(["", "a"]), wave: 4),
            "wave 4: nodes of several zones (none, a), the policy allows one at a time"
        ),
        (
            refused("web-1", "w-4", .antiAffinity(to: ClusterBuilder.id("db-1"), in: domain("zone", "b"))),
            "wave 1: pod shop/web-1 cannot go to node w-4, its anti-affinity keeps it from pod shop/db-1 in zone=b"
        ),
        (
            refused("web-1", "w-4", .foreignAntiAffinity(of: ClusterBuilder.id("db-1"), in: domain("zone", "b"))),
            "wave 1: pod shop/web-1 cannot go to node w-4, the anti-affinity of pod shop/db-1 keeps it out of zone=b"
        ),
        (
            refused("web-1", "w-4", .affinity(in: domain("zone", "b"))),
            "wave 1: pod shop/web-1 cannot go to node w-4, no pod that its affinity demands stands in zone=b before it"
        ),
        (
            refused("web-1", "w-4", .spread(in: domain("zone", "b"), pods: 1, least: 0, maxSkew: 1)),
            "wave 1: pod shop/web-1 cannot go to node w-4, zone=b would have 1 pod of its spread and the emptiest "
                + "domain 0, more than 1 apart"
        ),
        (
            refused("db-1", "w-4", VerifierVolumeTests.attached("w-3", by: "db-2")),
            "wave 1: pod shop/db-1 cannot go to node w-4, the volume of its claim shop/data is attached to node w-3 "
                + "for pod shop/db-2"
        ),
        (
            refused("web-1", "w-4", VerifierHostPortTests.taken(by: "db-1")),
            "wave 1: pod shop/web-1 cannot go to node w-4, where pod shop/db-1 binds its port 80/TCP on 0.0.0.0 already"
        ),
        (
            .wave(
                .tooManyInPool(LabelSelector(text: "pool=gpu,tier in (a, b),!spot") ?? LabelSelector(), 2, limit: 1),
                wave: 3
            ),
            "wave 3: 2 nodes of the pool pool in (gpu),tier in (a, b),!spot out at once, the policy allows 1"
        ),
        (
            .node("w-2", .leftBehind(at: VerifierPathTests.v(35), wanted: VerifierPathTests.wanted), wave: 9),
            "wave 9: node w-2 is left at v1.35, the campaign wants v1.36.2"
        ),
        (
            .controlPlane(.leaderFirst("cp-1", before: "cp-2"), wave: 1),
            "wave 1: control-plane node cp-1 leads, and comes before cp-2"
        ),
    ])
    func `a broken claim is one clear line`(claim: BrokenClaim, text: String) {
        #expect("\(claim)" == text)
    }

    @Test func `every claim that the tests provoke is one line with its wave`() {
        let tables = [
            VerifierNodeTests.nodes, VerifierNodeTests.waves, VerifierNodeTests.controlPlane, VerifierNodeTests.skew,
            VerifierMoveTests.moves, VerifierMoveTests.targets, VerifierMoveTests.room, VerifierBudgetTests.budgets,
        ]
        let examples: [[PlacementCase]] = [
            VerifierAntiAffinityTests.cases, VerifierAffinityTests.grounds, VerifierAffinityTests.firsts,
            VerifierSpreadTests.skews, VerifierSpreadTests.fields, VerifierVolumeTests.reach,
            VerifierVolumeTests.sharing, VerifierHostPortTests.cases, VerifierLimitTests.limits,
            VerifierLimitTests.canaries, VerifierLimitTests.leaders, VerifierReplacementTests.cases,
        ]
        let claims =
            tables.joined().map(\.expected) + examples.joined().flatMap(\.expected)
            + VerifierPathTests.paths.flatMap(\.expected)
        for claim in claims {
            #expect("\(claim)".hasPrefix("wave \(claim.waveNumber): "))
            #expect(!"\(claim)".contains("\n"))
        }
    }
}
