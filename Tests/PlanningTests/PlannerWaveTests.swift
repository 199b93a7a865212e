import ClusterModel
import Testing

@testable import Planning

@Suite struct PlannerWaveTests {
    /// Four workers with one pod of `web` each but the last.
    private func web(maxUnavailable: Int) -> Cluster {
        .with(nodes: 4) {
            $0.addWorkload("web", on: ["w-1", "w-2", "w-3"])
            $0.addBudget("web", app: "web", .maxUnavailable(.count(maxUnavailable)))
        }
    }

    @Test func `a node leaves in each wave when one may be out`() {
        let plan = plan(web(maxUnavailable: 3))
        #expect(plan.totals == Totals(waves: 4, rounds: 4, evictions: 3, nodes: 4))
        #expect(plan.waves.map(\.number) == [1, 2, 3, 4])
        #expect(plan.nodes.sorted() == ["w-1", "w-2", "w-3", "w-4"])
        #expect(plan.brokenClaims(on: web(maxUnavailable: 3)).isEmpty)
    }

    @Test(arguments: [(1, 3), (2, 2), (3, 1)])
    func `a budget decides how many of its nodes leave together`(maxUnavailable: Int, waves: Int) {
        let plan = plan(web(maxUnavailable: maxUnavailable), maxOut: 3, nodes: ["w-1", "w-2", "w-3"])
        #expect(plan.totals.waves == waves)
        #expect(plan.brokenClaims(on: web(maxUnavailable: maxUnavailable)).isEmpty)
    }

    @Test func `the empty node leaves first so that each pod moves once`() {
        let plan = plan(web(maxUnavailable: 3))
        #expect(plan.waves.first?.nodes == ["w-4"])
        #expect(Set(plan.waves.flatMap(\.moves).map(\.pod)).count == 3)
    }

    @Test func `a node with two pods of a workload that allows one needs two rounds`() {
        let cluster = Cluster.with(nodes: 2) {
            $0.addWorkload("web", on: ["w-1", "w-1"])
            $0.addBudget("web", app: "web", .minAvailable(.count(1)))
        }
        let plan = plan(cluster, nodes: ["w-1"])
        #expect(plan.waves.map(\.rounds) == [2])
        #expect(plan.waves.first?.budgets == [BudgetUse(budget: "shop/web", evictions: 2, allowed: 1)])
        #expect(plan.bounds == Bounds(waves: 1, rounds: 2, evictions: 2))
        #expect(plan.brokenClaims(on: cluster).isEmpty)
    }

    @Test func `a workload without a budget is held to the default, and without one to nothing`() {
        let cluster = Cluster.with(nodes: 4) { $0.addWorkload("web", on: ["w-1", "w-2"]) }
        let held = plan(cluster, maxOut: 2, nodes: ["w-1", "w-2"])
        #expect(held.totals.waves == 2)
        let use = BudgetUse(budget: "Deployment shop/web", evictions: 1, allowed: 1, isDefault: true)
        #expect(held.waves.map(\.budgets) == [[use], [use]])
        #expect(plan(cluster, maxOut: 2, defaultBudget: nil, nodes: ["w-1", "w-2"]).totals.waves == 1)
    }

    @Test func `only pods that a drain evicts are moved`() {
        let cluster = Cluster.with(nodes: 2) {
            $0.addWorkload("agent", kind: "DaemonSet", on: ["w-1", "w-2"])
            $0.addWorkload("job", kind: "Job", on: ["w-1"])
            $0.changePod("job-1") { $0.phase = .succeeded }
            $0.addPod("kube-proxy", on: "w-1")
            $0.changePod("kube-proxy") { $0.isMirror = true }
            $0.addWorkload("old", on: ["w-1"])
            $0.changePod("old-1") { $0.terminating = true }
            $0.addWorkload("web", kind: "Job", on: ["w-1"])
        }
        let plan = plan(cluster, nodes: ["w-1"])
        #expect(plan.waves.flatMap(\.moves) == [Move(pod: ClusterBuilder.id("web-1"), from: "w-1", to: "w-2")])
        #expect(plan.brokenClaims(on: cluster).isEmpty)
    }

    @Test func `the nodes of a wave stand in one zone where asked`() {
        var builder = ClusterBuilder()
        for (number, zone) in zip(1..., ["a", "b", "a", "b", "a"]) { builder.addNode("w-\(number)", zone: zone) }
        let plan = plan(builder.cluster, maxOut: 3, oneZoneAtATime: true)
        #expect(Set(plan.waves.map(\.nodes)) == [["w-1", "w-3", "w-5"], ["w-2", "w-4"]])
        #expect(plan.bounds.waves == 2)
        #expect(plan.waves.contains { $0.reason == "zone b; 2 of 3 allowed out" })
    }

    @Test func `control-plane nodes leave alone and before the workers`() {
        let cluster = Cluster.with(nodes: 3) { builder in
            for number in 1...3 { builder.addNode("cp-\(number)", isControlPlane: true) }
        }
        let plan = plan(cluster, maxOut: 3)
        #expect(plan.waves.map(\.nodes) == [["cp-1"], ["cp-2"], ["cp-3"], ["w-1", "w-2", "w-3"]])
        #expect(plan.waves[0].reason == "control plane first, one at a time")
        #expect(plan.waves[3].reason == "3 of 3 allowed out")
        #expect(plan.totals.waves == plan.bounds.waves)
    }

    @Test func `the reason names the tightest budget`() {
        let plan = plan(web(maxUnavailable: 3), maxOut: 3, nodes: ["w-1", "w-2", "w-3"])
        #expect(plan.waves.map(\.reason) == ["3 of 3 allowed out; shop/web spends 3 of 3"])
    }

    @Test func `what does not fit at first fits once a wave has made room`() {
        let cluster = Cluster.with(nodes: 3) {
            $0.addWorkload("big", on: ["w-1"], requests: Resources(cpu: 3500, pods: 1))
            $0.addWorkload("small", on: ["w-2", "w-3"], requests: Resources(cpu: 1000, pods: 1))
        }
        let plan = plan(cluster)
        #expect(plan.nodes.sorted() == ["w-1", "w-2", "w-3"])
        #expect(plan.nodes.first != "w-1")
        #expect(plan.brokenClaims(on: cluster).isEmpty)
    }

    @Test func `another pod of the wave steps aside where that makes room`() {
        // The gpu pod fits on w-3 alone; the big one is placed first and takes w-3, the tighter of the two, before it.
        let cluster = Cluster.with(nodes: 2) { builder in
            let small = Resources(cpu: 2000, memory: 1 << 33, pods: 10, extended: ["example.com/gpu": 1])
            builder.addNode("w-3", allocatable: small)
            builder.changeNode("w-2") { $0.allocatable = Resources(cpu: 9000, memory: 1 << 33, pods: 10) }
            builder.addWorkload("big", on: ["w-1"], requests: Resources(cpu: 2000, pods: 1))
            let gpu = Resources(cpu: 100, pods: 1, extended: ["example.com/gpu": 1])
            builder.addWorkload("gpu", on: ["w-1"], requests: gpu)
        }
        let plan = plan(cluster, nodes: ["w-1"])
        #expect(plan.waves.first?.moves.map(\.to).sorted() == ["w-2", "w-3"])
        #expect(plan.obstacles.isEmpty)
        #expect(plan.brokenClaims(on: cluster).isEmpty)
    }

    @Test func `a cordoned or tainted node is no target`() {
        let cluster = Cluster.with(nodes: 4) {
            $0.addWorkload("web", on: ["w-1"])
            $0.changeNode("w-2") { $0.unschedulable = true }
            $0.changeNode("w-3") { $0.taints = [Taint(key: "gpu", effect: .noSchedule)] }
        }
        #expect(plan(cluster, nodes: ["w-1"]).waves.first?.moves.map(\.to) == ["w-4"])
    }

    @Test func `the plan carries what it was made for`() {
        let playbook = AttachedPlaybook(file: "service.yaml", text: "steps: []", inputs: ["kernel": "6.1"])
        let policy = Policy(maxOut: .percent(50), oneZoneAtATime: true, defaultBudget: nil)
        let campaign = Campaign(purpose: .service, nodeNames: ["w-1"])
        let now = Instant(milliseconds: 1_764_000_000_000)
        let cluster = Cluster.with(nodes: 2)
        let plan = Planner(
            cluster: cluster,
            policy: policy,
            campaign: campaign,
            playbook: playbook,
            createdAt: now
        ).plan()
        #expect(plan.playbook == playbook)
        #expect(plan.policy == policy)
        #expect(plan.campaign == campaign)
        #expect(plan.createdAt == now)
    }
}
