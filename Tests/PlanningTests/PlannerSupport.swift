import ClusterModel

@testable import Planning

/// A plan with everything that a test mostly does not care for.
func plan(
    _ cluster: Cluster,
    maxOut: Int = 1,
    oneZoneAtATime: Bool = false,
    defaultBudget: CountOrPercent? = .count(1),
    to target: Version? = nil,
    nodes: [String]? = nil,
    effort: Int = 800
) -> Plan {
    let purpose = target.map { Campaign.Purpose.upgrade(to: $0) } ?? .service
    let policy = Policy(maxOut: .count(maxOut), oneZoneAtATime: oneZoneAtATime, defaultBudget: defaultBudget)
    let campaign = Campaign(purpose: purpose, nodeNames: nodes)
    var planner = Planner(
        cluster: cluster,
        policy: policy,
        campaign: campaign,
        createdAt: Instant(milliseconds: 0)
    )
    planner.effort = effort
    return planner.plan()
}

extension Plan {
    /// What the verifier holds against the plan.
    func brokenClaims(on cluster: Cluster) -> [BrokenClaim] {
        PlanVerifier(cluster: cluster, policy: policy, campaign: campaign).brokenClaims(of: self)
    }

    func finding(_ rule: Finding.Rule) -> Finding? { findings.first { $0.rule == rule } }

    func nodes(_ rule: Finding.Rule) -> [String] { findings.filter { $0.rule == rule }.compactMap(\.node) }
}

/// Small clusters by chance, the same for the same seed.
struct PlannerRandomCluster {
    private var generator: SeededGenerator
    private var builder = ClusterBuilder()

    init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

    private mutating func below(_ bound: Int) -> Int { Int(generator.next() % UInt64(bound)) }

    /// 4 to 10 nodes in three zones, some of them control plane, and workloads with budgets of all kinds.
    mutating func make() -> Cluster {
        let members = [0, 0, 1, 3][below(4)]
        for number in 0..<members { builder.addNode("cp-\(number)", zone: "z-\(number)", isControlPlane: true) }
        let workers = 4 + below(7 - members)
        for number in 0..<workers { builder.addNode("w-\(number)", zone: "z-\(below(3))") }
        for number in 0..<(2 + below(5)) { addWorkload("app-\(number)", workers: workers) }
        if below(4) == 0 { builder.addPod("bare", on: "w-\(below(workers))") }
        if below(4) == 0 { builder.changeNode("w-0") { $0.unschedulable = true } }
        if below(6) == 0 { builder.changeNode("w-1") { $0.ready = false } }
        if below(4) == 0, let pod = builder.pods.first?.id.name { builder.changePod(pod) { $0.ready = false } }
        if below(5) == 0, let pod = builder.pods.last?.id.name { builder.changePod(pod) { $0.terminating = true } }
        return builder.cluster
    }

    private mutating func addWorkload(_ name: String, workers: Int) {
        let places = (0...below(4)).map { _ in "w-\(below(workers))" }
        let kind = ["Deployment", "StatefulSet", "DaemonSet", "Deployment"][below(4)]
        let cpu = Int64(200 + 200 * below(5))
        builder.addWorkload(name, kind: kind, on: places, requests: Resources(cpu: cpu, pods: 1))
        switch below(6) {
        case 0: builder.addBudget(name, app: name, .minAvailable(.count(below(places.count + 1))))
        case 1: builder.addBudget(name, app: name, .maxUnavailable(.percent(50)))
        case 2: builder.addBudget(name, app: name, .maxUnavailable(.count(1 + below(2))), unhealthy: .alwaysAllow)
        case 3 where below(4) == 0:
            builder.addBudget("\(name)-a", app: name, .maxUnavailable(.count(1)))
            builder.addBudget("\(name)-b", app: name, .maxUnavailable(.count(1)))
        default: break
        }
    }
}
