import ClusterModel
import Testing

@testable import Planning

/// Five workers in three zones (`w-1`, `w-2` in a, `w-3`, `w-4` in b, `w-5` in c), and waves of a campaign over them.
struct PlacementScenario {
    var builder = ClusterBuilder()
    var volumes: [Volume] = []
    var namespaces: [String: Labels] = [:]
    var leaders: Set<String> = []
    var missingKinds: Set<Cluster.ObjectKind> = []
    var policy = Policy(maxOut: .count(2), defaultBudget: nil)
    var campaign = Campaign(purpose: .service)
    var waves: [Wave] = []
    var moment = Instant(milliseconds: 1000)

    init() {
        for (number, zone) in zip(1..., ["a", "a", "b", "b", "c"]) { builder.addNode("w-\(number)", zone: zone) }
    }

    /// A pod `APP-NUMBER` that a ReplicaSet makes again.
    mutating func add(_ name: String, on node: String, _ change: (inout Pod) -> Void = { _ in }) {
        var pod = Pod(id: ClusterBuilder.id(name), labels: ["app": String(name.prefix { $0 != "-" })], node: node)
        pod.owner = OwnerReference(kind: "ReplicaSet", name: "owner")
        change(&pod)
        builder.pods.append(pod)
    }

    /// The next wave; its moves begin where the pods stand by then.
    mutating func drain(
        _ nodes: [String],
        _ moves: KeyValuePairs<String, String>,
        rounds: Int = 1,
        to version: Version? = nil
    ) {
        let moves = moves.map { move($0.key, place(of: $0.key) ?? "", $0.value) }
        waves.append(Wave(number: waves.count + 1, rounds: rounds, nodes: nodes, moves: moves, version: version))
    }

    private func place(of pod: String) -> String? {
        let last = waves.flatMap(\.moves).last { $0.pod.name == pod }
        return last?.to ?? builder.pods.first { $0.id.name == pod }?.node
    }

    var cluster: Cluster {
        Cluster(
            nodes: builder.nodes,
            pods: builder.pods,
            workloads: builder.workloads,
            budgets: builder.budgets,
            volumes: volumes,
            namespaces: namespaces,
            leaders: leaders,
            missingKinds: missingKinds,
            serverVersion: builder.serverVersion
        )
    }

    var verifier: PlanVerifier { PlanVerifier(cluster: cluster, policy: policy, campaign: campaign) }

    var plan: Plan {
        Plan(
            campaign: campaign,
            policy: policy,
            createdAt: moment,
            waves: waves,
            findings: [],
            bounds: Bounds(waves: 0, rounds: 0, evictions: 0)
        )
    }

    var claims: [BrokenClaim] { verifier.brokenClaims(of: plan) }

    /// What the verifier says to the first wave on the live cluster.
    var refutation: [BrokenClaim] {
        verifier.refutation(of: waves[0].nodes, rounds: waves[0].rounds, placements: waves[0].moves, at: moment)
    }
}

/// A scenario and all that the verifier must say to it.
struct PlacementCase: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var expected: [BrokenClaim]
    var build: @Sendable (inout PlacementScenario) -> Void

    init(_ name: String, _ expected: BrokenClaim..., build: @escaping @Sendable (inout PlacementScenario) -> Void) {
        testDescription = name
        self.expected = expected
        self.build = build
    }

    var scenario: PlacementScenario {
        var scenario = PlacementScenario()
        build(&scenario)
        return scenario
    }
}

/// A pod of `shop` that cannot go where its move says.
func refused(_ pod: String, _ node: String, _ fault: BrokenClaim.TargetFault, wave: Int = 1) -> BrokenClaim {
    .target(ClusterBuilder.id(pod), to: node, fault, wave: wave)
}

func domain(_ key: String, _ value: String) -> BrokenClaim.Domain { BrokenClaim.Domain(key: key, value: value) }

let zoneKey = "topology.kubernetes.io/zone"
let hostKey = "kubernetes.io/hostname"

func selector(app: String) -> LabelSelector { LabelSelector(matchLabels: ["app": app]) }

/// A term of pod affinity or anti-affinity for the pods of `app` in `shop`.
func term(_ app: String, _ key: String = zoneKey) -> PodAffinityTerm {
    PodAffinityTerm(selector: selector(app: app), namespaces: ["shop"], topologyKey: key)
}
