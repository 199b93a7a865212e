import ClusterModel
import Testing

@testable import Planning

/// Upgrades over several minors: three control-plane nodes and two workers from v1.33 to v1.36.2.
struct VerifierPathTests {
    @Test(arguments: paths) func `every minor of the way is legal by itself`(example: PathCase) {
        var path = UpgradePath()
        example.change(&path)
        #expect(path.claims == example.expected)
    }

    static let wanted = Version(major: 1, minor: 36, patch: 2)

    static func v(_ minor: Int, _ patch: Int? = nil) -> Version { Version(major: 1, minor: minor, patch: patch) }

    static let paths: [PathCase] = [
        PathCase("three minors, workers once") { _ in },
        PathCase("workers brought along in two passes") {
            $0.insert(["w-1", "w-2"], v(34), at: 3)
        },
        PathCase(
            "a minor left out",
            .skew("cp-1", .tooFar(from: v(33, 1), to: v(35)), wave: 1),
            .skew("cp-2", .tooFar(from: v(33, 1), to: v(35)), wave: 1),
            .skew("cp-3", .tooFar(from: v(33, 1), to: v(35)), wave: 1),
            .skew("cp-2", .tooFar(from: v(33, 1), to: v(35)), wave: 2),
            .skew("cp-3", .tooFar(from: v(33, 1), to: v(35)), wave: 2),
            .skew("cp-3", .tooFar(from: v(33, 1), to: v(35)), wave: 3)
        ) { $0.steps.removeSubrange(..<3) },
        PathCase("one member a minor ahead of the last", .skew("cp-3", .tooFar(from: v(33, 1), to: v(35)), wave: 3)) {
            $0.steps.swapAt(2, 3)
        },
        PathCase(
            "workers too early",
            .skew("w-1", .newerThanServer(target: v(35), server: v(34)), wave: 4),
            .controlPlane(.afterWorkers("cp-1"), wave: 5),
            .controlPlane(.afterWorkers("cp-2"), wave: 6),
            .controlPlane(.afterWorkers("cp-3"), wave: 7)
        ) {
            $0.insert(["w-1"], v(35), at: 3)
        },
        PathCase(
            "workers too late",
            .skew("w-1", .tooOld(kubelet: v(32), server: wanted, limit: 3), wave: 7),
            .skew("w-1", .tooOld(kubelet: v(32), server: wanted, limit: 3), wave: 8),
            .skew("w-1", .tooOld(kubelet: v(32), server: wanted, limit: 3), wave: 9)
        ) { $0.builder.changeNode("w-1") { $0.kubeletVersion = v(32) } },
        PathCase("the lagging worker is brought along") {
            $0.builder.changeNode("w-1") { $0.kubeletVersion = v(32) }
            $0.insert(["w-1"], v(34), at: 3)
        },
        PathCase(
            "the same minor twice",
            .node("w-1", .repeated, wave: 5)
        ) {
            for _ in 1...2 { $0.insert(["w-1"], v(34), at: 3) }
        },
        PathCase(
            "a control-plane node after workers of its minor",
            .skew("w-1", .newerThanServer(target: wanted, server: v(35)), wave: 9),
            .skew("w-2", .newerThanServer(target: wanted, server: v(35)), wave: 9),
            .controlPlane(.afterWorkers("cp-3"), wave: 10)
        ) { $0.steps.swapAt(8, 9) },
        PathCase("a patch on the way", .wave(.notOnTheWay(v(34, 5), wanted: wanted), wave: 1)) {
            $0.steps[0].version = v(34, 5)
        },
        PathCase(
            "past the wanted version",
            .wave(.notOnTheWay(v(37), wanted: wanted), wave: 11),
            .node("cp-1", .leftBehind(at: v(37), wanted: wanted), wave: 11)
        ) {
            $0.insert(["cp-1"], v(37), at: 10)
        },
        PathCase("no version", .wave(.noVersion(wanted: wanted), wave: 10)) { $0.steps[9].version = nil },
        PathCase(
            "a worker left on the way",
            .node("w-2", .leftBehind(at: v(35), wanted: wanted), wave: 11)
        ) {
            $0.steps[9].nodes = ["w-1"]
            $0.insert(["w-2"], v(35), at: 10)
        },
        PathCase("the leader last in each minor") { $0.leaders = ["cp-3"] },
        PathCase(
            "the leader first in the second minor",
            .controlPlane(.leaderFirst("cp-1", before: "cp-2"), wave: 4)
        ) {
            $0.leaders = ["cp-1"]
            $0.steps.swapAt(0, 2)
            $0.steps.swapAt(6, 8)
        },
    ]

    @Test(arguments: [(nil, true), (v(35), false)] as [(Version?, Bool)])
    func `a service names no version`(version: Version?, isRight: Bool) {
        var scenario = PlacementScenario()
        scenario.drain(["w-1"], [:], to: version)
        #expect(scenario.claims == (isRight ? [] : [.wave(.needlessVersion(Self.v(35)), wave: 1)]))
    }

    @Test func `the live check goes by the versions that run`() {
        var path = UpgradePath()
        for name in ["cp-1", "cp-2", "cp-3"] { path.builder.changeNode(name) { $0.kubeletVersion = Self.v(34, 1) } }
        func refutation(of node: String, to version: Version?, settled: Set<String>) -> [BrokenClaim] {
            path.verifier.refutation(of: [node], rounds: 1, placements: [], settled: settled, version: version)
        }
        let members: Set<String> = ["cp-1", "cp-2", "cp-3"]
        #expect(refutation(of: "cp-1", to: Self.v(35), settled: members) == [])
        #expect(refutation(of: "cp-1", to: Self.v(34), settled: members) == [.node("cp-1", .repeated, wave: 1)])
        #expect(refutation(of: "w-1", to: Self.v(34), settled: members) == [])
        let early = BrokenClaim.skew("w-1", .newerThanServer(target: Self.wanted, server: Self.v(34, 1)), wave: 1)
        #expect(refutation(of: "w-1", to: nil, settled: members) == [early])
    }
}

/// Three members and two workers at v1.33.1, on the way to v1.36.2.
struct UpgradePath {
    var builder = ClusterBuilder()
    var leaders: Set<String> = []
    var steps: [(nodes: [String], version: Version?)] = []

    init() {
        for name in ["cp-1", "cp-2", "cp-3"] {
            builder.addNode(name, isControlPlane: true, version: VerifierPathTests.v(33, 1))
        }
        for name in ["w-1", "w-2"] { builder.addNode(name, version: VerifierPathTests.v(33, 1)) }
        for version in [VerifierPathTests.v(34), VerifierPathTests.v(35), VerifierPathTests.wanted] {
            for name in ["cp-1", "cp-2", "cp-3"] { steps.append(([name], version)) }
        }
        steps.append((["w-1", "w-2"], VerifierPathTests.wanted))
    }

    mutating func insert(_ nodes: [String], _ version: Version, at index: Int) {
        steps.insert((nodes, version), at: index)
    }

    var verifier: PlanVerifier {
        PlanVerifier(
            cluster: Cluster(nodes: builder.nodes, leaders: leaders),
            policy: Policy(maxOut: .count(2)),
            campaign: Campaign(purpose: .upgrade(to: VerifierPathTests.wanted))
        )
    }

    var claims: [BrokenClaim] {
        let waves = zip(1..., steps).map { number, step in
            Wave(number: number, rounds: 1, nodes: step.nodes, moves: [], version: step.version)
        }
        let verifier = verifier
        return verifier.brokenClaims(
            of: Plan(
                campaign: verifier.campaign,
                policy: verifier.policy,
                createdAt: Instant(milliseconds: 0),
                waves: waves,
                findings: [],
                bounds: Bounds(waves: 0, rounds: 0, evictions: 0)
            )
        )
    }
}

struct PathCase: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var expected: [BrokenClaim]
    var change: @Sendable (inout UpgradePath) -> Void

    init(_ name: String, _ expected: BrokenClaim..., change: @escaping @Sendable (inout UpgradePath) -> Void) {
        testDescription = name
        self.expected = expected
        self.change = change
    }
}
