import ClusterModel
import Testing

@testable import Planning

/// A cluster of three control-plane nodes and five workers, and a plan for all but `w-5` that holds in every claim.
struct VerifierScenario {
    var builder = ClusterBuilder()
    var policy = Policy(maxOut: .count(1))
    var campaign = Campaign(purpose: .upgrade(to: Version(major: 1, minor: 35)))
    var waves: [Wave] = []
    /// Waves of an upgrade that name no version get the wanted one.
    var namesVersions = true

    static let old = Version(major: 1, minor: 34, patch: 2)

    init() {
        for (number, zone) in zip(1..., ["a", "b", "c"]) {
            builder.addNode("cp-\(number)", zone: zone, isControlPlane: true, version: Self.old)
        }
        for (number, zone) in zip(1..., ["a", "a", "b", "b", "c"]) {
            builder.addNode("w-\(number)", zone: zone, version: Self.old)
        }
        builder.addWorkload("web", on: ["w-1", "w-2", "w-3"])
        builder.addBudget("web", app: "web", .minAvailable(.count(2)))
        builder.addWorkload("api", on: ["w-1", "w-2"], requests: Resources(cpu: 500, pods: 1))
        let light = Resources(cpu: 100, pods: 1)
        builder.addWorkload("agent", kind: "DaemonSet", on: builder.nodes.map(\.name), requests: light)
        builder.addPod("etcd-cp-1", on: "cp-1")
        builder.changePod("etcd-cp-1") { $0.isMirror = true }
        waves = [
            Wave(number: 1, rounds: 1, nodes: ["cp-1"], moves: []),
            Wave(number: 2, rounds: 1, nodes: ["cp-2"], moves: []),
            Wave(number: 3, rounds: 1, nodes: ["cp-3"], moves: []),
            Wave(
                number: 4,
                rounds: 1,
                nodes: ["w-1"],
                moves: [move("web-1", "w-1", "w-4"), move("api-1", "w-1", "w-4")]
            ),
            Wave(
                number: 5,
                rounds: 1,
                nodes: ["w-2"],
                moves: [move("web-2", "w-2", "w-1"), move("api-2", "w-2", "w-1")]
            ),
            Wave(number: 6, rounds: 1, nodes: ["w-3"], moves: [move("web-3", "w-3", "w-1")]),
            Wave(
                number: 7,
                rounds: 1,
                nodes: ["w-4"],
                moves: [move("web-1", "w-4", "w-1"), move("api-1", "w-4", "w-5")]
            ),
        ]
    }

    var verifier: PlanVerifier { PlanVerifier(cluster: builder.cluster, policy: policy, campaign: campaign) }

    var plan: Plan {
        Plan(
            campaign: campaign,
            policy: policy,
            createdAt: Instant(milliseconds: 0),
            waves: waves.map { wave in
                var wave = wave
                if namesVersions, wave.version == nil { wave.version = campaign.targetVersion }
                return wave
            },
            findings: [],
            bounds: Bounds(waves: 0, rounds: 0, evictions: 0)
        )
    }

    var claims: [BrokenClaim] { verifier.brokenClaims(of: plan) }

    /// The first move of wave 4: `web-1` from `w-1`.
    var firstMove: Move {
        get { waves[3].moves[0] }
        set { waves[3].moves[0] = newValue }
    }

    /// Makes one wave of waves 4 and 5: `w-1` and `w-2`, which hold one `web` and one `api` each.
    mutating func joinTwoWorkers() {
        policy.maxOut = .count(2)
        waves[3].nodes = ["w-1", "w-2"]
        waves[3].moves += [move("web-2", "w-2", "w-5"), move("api-2", "w-2", "w-5")]
        waves.removeSubrange(4...)
    }
}

func move(_ pod: String, _ from: String, _ to: String) -> Move {
    Move(pod: ClusterBuilder.id(pod), from: from, to: to)
}

/// One thing made wrong in a scenario, and what the verifier must say to it.
struct Mutation: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var expected: BrokenClaim
    var apply: @Sendable (inout VerifierScenario) -> Void

    init(_ name: String, _ expected: BrokenClaim, _ apply: @escaping @Sendable (inout VerifierScenario) -> Void) {
        testDescription = name
        self.expected = expected
        self.apply = apply
    }
}
