import ClusterModel
import Testing

@testable import Planning

@Suite struct CampaignHopTests {
    private static let old = Version(major: 1, minor: 28, patch: 3)

    private func cluster(
        workers: Int = 3,
        worker: Version = old,
        _ change: (inout ClusterBuilder) -> Void = { _ in }
    ) -> Cluster {
        var builder = ClusterBuilder()
        for number in 1...3 { builder.addNode("cp-\(number)", isControlPlane: true, version: Self.old) }
        for number in 1...workers { builder.addNode("w-\(number)", version: worker) }
        builder.serverVersion = Self.old
        change(&builder)
        return builder.cluster
    }

    private func upgrade(
        _ cluster: Cluster,
        to target: String,
        _ policy: Policy = Policy(maxOut: .count(2))
    ) throws -> Plan {
        let version = try #require(Version(target))
        return CampaignPlanner(
            cluster: cluster,
            policy: policy,
            campaign: Campaign(purpose: .upgrade(to: version)),
            createdAt: Instant(milliseconds: 0)
        ).plan()
    }

    /// What the verifier says to the waves of each version, on the cluster as the waves before leave it.
    private func brokenClaims(_ plan: Plan, on cluster: Cluster) -> [BrokenClaim] {
        var state = CampaignState(cluster, campaign: plan.campaign)
        var claims: [BrokenClaim] = []
        for version in Set(plan.waves.compactMap(\.version)).sorted() {
            var part = plan
            part.waves = plan.waves.filter { $0.version == version }
            part.campaign.purpose = .upgrade(to: version)
            claims += PlanVerifier(cluster: state.cluster, policy: plan.policy, campaign: part.campaign)
                .brokenClaims(of: part)
            for wave in part.waves { state.carryOut(wave) }
        }
        return claims
    }

    private func text(_ plan: Plan) -> [String] {
        plan.waves.map { "\($0.number) \($0.version.map { "\($0)" } ?? "-") \($0.nodes.joined(separator: ","))" }
    }

    @Test func `a playbook that is told no patch of a minor on the way is a warning, unless there is none on the way`()
        throws
    {
        func warnings(_ target: String, via stops: [String], playbook: Bool = true) throws -> [String] {
            let stops = stops.compactMap(Version.init)
            let plan = CampaignPlanner(
                cluster: cluster(),
                policy: Policy(maxOut: .count(2)),
                campaign: Campaign(purpose: .upgrade(to: try #require(Version(target))), stops: stops),
                playbook: playbook ? AttachedPlaybook(file: "up.yaml", text: "", inputs: [:]) : nil,
                createdAt: Instant(milliseconds: 0)
            ).plan()
            let verifier = PlanVerifier(cluster: cluster(), policy: plan.policy, campaign: plan.campaign)
            #expect(verifier.brokenClaims(of: plan).isEmpty)
            return plan.findings.filter { $0.rule == .unnamedPatch }.map(\.fix)
        }
        let fix = "name it with --via 1.30.PATCH, unless the playbook knows by itself"
        #expect(try warnings("1.31.2", via: ["1.29.7"]) == [fix])
        #expect(try warnings("1.31.2", via: ["1.29.7", "1.30.5"]) == [])
        #expect(try warnings("1.31.2", via: [], playbook: false) == [])
        #expect(try warnings("1.29.2", via: []) == [])
    }

    @Test func `three minors take the control plane through each, and the workers once`() throws {
        let cluster = cluster()
        let plan = try upgrade(cluster, to: "1.31.2")
        #expect(
            text(plan) == [
                "1 v1.29 cp-1", "2 v1.29 cp-2", "3 v1.29 cp-3", "4 v1.30 cp-1", "5 v1.30 cp-2", "6 v1.30 cp-3",
                "7 v1.31.2 cp-1", "8 v1.31.2 cp-2", "9 v1.31.2 cp-3", "10 v1.31.2 w-1,w-2", "11 v1.31.2 w-3",
            ]
        )
        #expect(plan.findings.isEmpty)
        #expect(plan.bounds == Bounds(waves: 11, rounds: 11, evictions: 0))
        #expect(plan.totals.nodes == 6)
        #expect(brokenClaims(plan, on: cluster).isEmpty)
    }

    @Test func `four minors stop the workers once on the way`() throws {
        let cluster = cluster { $0.addWorkload("web", on: ["w-1", "w-2", "w-3"]) }
        let plan = try upgrade(cluster, to: "1.32")
        let workers = plan.waves.filter { $0.nodes.contains { $0.hasPrefix("w") } }
        #expect(Set(workers.compactMap(\.version)) == [Version(major: 1, minor: 31), Version(major: 1, minor: 32)])
        #expect(workers.reduce(0) { $0 + $1.nodes.count } == 6)
        #expect(brokenClaims(plan, on: cluster).isEmpty)
    }

    @Test func `pods are where the hops before have left them`() throws {
        let cluster = cluster { $0.addWorkload("web", on: ["w-1", "w-2", "w-3"]) }
        let plan = try upgrade(cluster, to: "1.32")
        var home = Dictionary(uniqueKeysWithValues: cluster.pods.map { ($0.id, $0.node) })
        for wave in plan.waves {
            for move in wave.moves {
                #expect(home[move.pod] == move.from)
                home[move.pod] = move.to
            }
        }
        #expect(plan.totals.evictions >= 6)
    }

    @Test func `an upgrade by one minor is planned as ever, its waves saying the version`() throws {
        let cluster = cluster { $0.addWorkload("web", on: ["w-1", "w-2"]) }
        let version = Version(major: 1, minor: 29, patch: 1)
        let planner = Planner(
            cluster: cluster,
            policy: Policy(maxOut: .count(2)),
            campaign: Campaign(purpose: .upgrade(to: version)),
            createdAt: Instant(milliseconds: 0)
        )
        let plan = try upgrade(cluster, to: "1.29.1")
        #expect(plan.waves.map(\.nodes) == planner.plan().waves.map(\.nodes))
        #expect(plan.waves.allSatisfy { $0.version == version })
    }

    @Test func `service and replacement waves have no version`() {
        let plan = CampaignPlanner(
            cluster: cluster(),
            policy: Policy(),
            campaign: Campaign(purpose: .service),
            createdAt: Instant(milliseconds: 0)
        ).plan()
        #expect(!plan.waves.isEmpty)
        #expect(plan.waves.allSatisfy { $0.version == nil })
        #expect(plan.estimate != nil)
    }

    @Test func `a member that cannot go holds everybody, and each node says for whom it waits`() throws {
        let cluster = cluster { $0.addPod("debug", on: "cp-2") }
        let plan = try upgrade(cluster, to: "1.30")
        #expect(plan.waves.isEmpty)
        #expect(plan.bounds == Bounds(waves: 0, rounds: 0, evictions: 0))
        #expect(plan.nodes(.barePod) == ["cp-2"])
        #expect(plan.nodes(.controlPlaneFirst) == ["cp-1", "cp-3", "w-1", "w-2", "w-3"])
        #expect(plan.nodes(.versionSkew).isEmpty)
        #expect(brokenClaims(plan, on: cluster).isEmpty)
    }

    @Test func `obstacles of later hops are told though an earlier one is stuck`() throws {
        let cluster = cluster {
            $0.addPod("debug", on: "cp-2")
            $0.addPod("shell", on: "w-3")
        }
        let plan = try upgrade(cluster, to: "1.30")
        #expect(plan.nodes(.barePod) == ["cp-2", "w-3"])
    }

    @Test func `a worker that cannot stop on the way holds the control plane there`() throws {
        let cluster = cluster { $0.addPod("debug", on: "w-2") }
        let plan = try upgrade(cluster, to: "1.32")
        #expect(plan.waves.isEmpty)
        #expect(plan.nodes(.barePod) == ["w-2"])
        #expect(Set(plan.nodes(.versionSkew)).isSuperset(of: ["cp-1", "cp-2", "cp-3"]))
        #expect(plan.findings.contains { $0.rule == .versionSkew && $0.message.contains("w-2 at v1.28.3") })
        #expect(brokenClaims(plan, on: cluster).isEmpty)
    }

    @Test func `a worker that need not stop on the way is left out alone`() throws {
        let cluster = cluster { $0.addPod("debug", on: "w-2") }
        let plan = try upgrade(cluster, to: "1.31")
        #expect(Set(plan.nodes) == ["cp-1", "cp-2", "cp-3", "w-1", "w-3"])
        #expect(plan.nodes(.barePod) == ["w-2"])
        #expect(plan.obstacles.count == 1)
        #expect(brokenClaims(plan, on: cluster).isEmpty)
    }

    @Test func `every planned node arrives`() throws {
        for seed in 1...60 {
            var random = PlannerRandomCluster(seed: UInt64(seed))
            var builder = ClusterBuilder()
            let base = random.make()
            builder.nodes = base.nodes
            for index in builder.nodes.indices { builder.nodes[index].kubeletVersion = Self.old }
            builder.pods = base.pods
            builder.workloads = Array(base.workloads.values)
            builder.budgets = base.budgets
            builder.serverVersion = Self.old
            guard builder.nodes.contains(where: \.isControlPlane) else { continue }
            for target in ["1.29", "1.31", "1.32"] {
                let plan = try upgrade(builder.cluster, to: target)
                let last = Dictionary(plan.waves.flatMap { wave in wave.nodes.map { ($0, wave.version) } }) { $1 }
                #expect(last.values.allSatisfy { $0 == plan.campaign.targetVersion }, "seed \(seed)")
                #expect(brokenClaims(plan, on: builder.cluster).isEmpty, "seed \(seed) to \(target)")
                let told = Set(plan.findings.compactMap(\.node))
                #expect(builder.nodes.allSatisfy { last[$0.name] != nil || told.contains($0.name) }, "seed \(seed)")
            }
        }
    }

    @Test func `what two hops find is told once`() throws {
        let cluster = cluster {
            $0.addWorkload("web", on: ["w-1"], replicas: 1)
            $0.addBudget("empty", app: "nothing", .maxUnavailable(.count(1)))
        }
        let plan = try upgrade(cluster, to: "1.32")
        #expect(plan.findings.filter { $0.rule == .emptyBudget }.count == 1)
        #expect(plan.findings.filter { $0.rule == .singleReplica }.count == 1)
    }

    @Test func `a chosen node that is beyond the target is not taken down`() throws {
        let cluster = cluster { $0.changeNode("w-1") { $0.kubeletVersion = Version(major: 1, minor: 33) } }
        let plan = try upgrade(cluster, to: "1.30")
        #expect(plan.nodes(.versionSkew) == ["w-1"])
        #expect(!plan.nodes.contains("w-1"))
    }

    @Test func `names that the cluster does not have are obstacles`() {
        let plan = CampaignPlanner(
            cluster: cluster(),
            policy: Policy(),
            campaign: Campaign(purpose: .service, skippedNodes: ["w-1", "w-77"]),
            createdAt: Instant(milliseconds: 0)
        ).plan()
        #expect(plan.nodes(.missingNode) == ["w-77"])
        #expect(!plan.nodes.contains("w-1"))
    }

    @Test func `an expired waiver is told, one that holds is not`() {
        let waivers = [500, 1500].map {
            Waiver(rule: .barePod, subject: "shop/p\($0)", reason: "spare", expires: Instant(milliseconds: $0))
        }
        let plan = CampaignPlanner(
            cluster: cluster(),
            policy: Policy(waivers: waivers),
            campaign: Campaign(purpose: .service),
            createdAt: Instant(milliseconds: 1000)
        ).plan()
        let told = plan.findings.filter { $0.rule == .expiredWaiver && $0.message.contains("shop/p500") }
        #expect(told.map(\.severity) == [.warning])
    }

    @Test func `what matters least moves first`() {
        let cluster = Cluster.with(nodes: 3) {
            $0.addWorkload("web", on: ["w-1", "w-1", "w-1", "w-1"])
            $0.changePod("web-1") { $0.qualityOfService = .bestEffort }
            $0.changePod("web-3") { $0.qualityOfService = .guaranteed }
            $0.changePod("web-4") {
                $0.priority = 1000; $0.qualityOfService = .bestEffort
            }
        }
        let moves = (1...4).map { Move(pod: ClusterBuilder.id("web-\($0)"), from: "w-1", to: "w-2") }
        let waves = MoveOrder(cluster).ordered([
            Wave(number: 1, rounds: 1, nodes: ["w-1"], moves: [moves[1], moves[3], moves[2], moves[0]])
        ])
        #expect(waves[0].moves.map(\.pod.name) == ["web-1", "web-2", "web-3", "web-4"])
    }

    @Test func `the canary is asked of the first hop that has workers only`() throws {
        let policy = Policy(maxOut: .count(3), canary: Canary(nodes: 1, soak: .seconds(60)))
        let plan = try upgrade(cluster(), to: "1.32", policy)
        #expect(plan.waves.filter(\.isCanary).count <= 1)
        #expect(plan.policy == policy)
    }
}
