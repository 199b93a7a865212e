import ClusterModel
import Testing

@testable import Planning

@Suite struct PlannerWaiverTests {
    private static let now = Instant(milliseconds: 1_000)

    private func plan(
        _ cluster: Cluster,
        _ waivers: [(Finding.Rule, String)],
        until expires: Int64 = 2_000,
        purpose: Campaign.Purpose = .service,
        nodes: [String]? = ["w-1"]
    ) -> Plan {
        let waivers = waivers.map { rule, subject in
            Waiver(rule: rule, subject: subject, reason: "agreed", expires: Instant(milliseconds: expires))
        }
        return Planner(
            cluster: cluster,
            policy: Policy(maxOut: .count(2), waivers: waivers),
            campaign: Campaign(purpose: purpose, nodeNames: nodes),
            createdAt: Self.now
        ).plan()
    }

    /// A way to be stuck, the waiver that helps, and where the pod ends up.
    struct Case: Sendable, CustomTestStringConvertible {
        var rule: Finding.Rule
        var subject: String
        var target: String?
        var build: @Sendable (inout ClusterBuilder) -> Void

        var testDescription: String { "\(rule.rawValue) of \(subject)" }
    }

    static let cases = [
        Case(rule: .impossibleBudget, subject: "shop/web", target: "w-2") {
            $0.addWorkload("web", on: ["w-1"])
            $0.addBudget("web", app: "web", .minAvailable(.count(1)))
        },
        Case(rule: .unhealthyPods, subject: "shop/web", target: "w-2") {
            $0.addWorkload("web", on: ["w-1", "w-2", "w-2"])
            for pod in ["web-1", "web-2"] { $0.changePod(pod) { $0.ready = false } }
            $0.addBudget("web", app: "web", .minAvailable(.count(2)))
        },
        Case(rule: .twoBudgets, subject: "shop/web-1", target: "w-2") {
            $0.addWorkload("web", on: ["w-1"], replicas: 2)
            $0.addBudget("a", app: "web", .maxUnavailable(.count(2)))
            $0.addBudget("b", app: "web", .maxUnavailable(.count(2)))
        },
        Case(rule: .twoBudgets, subject: "shop/b", target: "w-2") {
            $0.addWorkload("web", on: ["w-1"])
            $0.addBudget("a", app: "web", .maxUnavailable(.count(1)))
            $0.addBudget("b", app: "web", .maxUnavailable(.count(1)))
        },
        Case(rule: .barePod, subject: "shop/debug", target: "w-1") { $0.addPod("debug", on: "w-1") },
        Case(rule: .barePod, subject: "w-1", target: "w-1") { $0.addPod("debug", on: "w-1") },
        Case(rule: .pinnedPod, subject: "shop/db-1", target: "w-1") {
            $0.addWorkload("db", on: ["w-1"])
            $0.changePod("db-1") { $0.nodeSelector = ["kubernetes.io/hostname": "w-1"] }
        },
        Case(rule: .noRoom, subject: "shop/big-1", target: "w-1") {
            $0.addWorkload("big", on: ["w-1"], requests: Resources(cpu: 3000, pods: 1))
            $0.addWorkload("full", kind: "DaemonSet", on: ["w-2"], requests: Resources(cpu: 3000, pods: 1))
        },
        Case(rule: .hostPort, subject: "shop/edge-1", target: "w-1") {
            $0.addWorkload("edge", on: ["w-1", "w-2"])
            for pod in ["edge-1", "edge-2"] { $0.changePod(pod) { $0.hostPorts = [HostPort(port: 443)] } }
        },
        Case(rule: .foreignCordon, subject: "w-1") { $0.changeNode("w-1") { $0.unschedulable = true } },
        Case(rule: .nodeNotReady, subject: "w-1") { $0.changeNode("w-1") { $0.ready = false } },
    ]

    @Test(arguments: cases)
    func `an obstacle that is waived becomes a warning`(example: Case) {
        let cluster = Cluster.with(nodes: 2, example.build)
        let without = plan(cluster, [])
        #expect(without.obstacles.map(\.rule) == [example.rule])
        #expect(without.waves.isEmpty)
        let plan = plan(cluster, [(example.rule, example.subject)])
        #expect(plan.obstacles.isEmpty)
        #expect(plan.nodes == ["w-1"])
        #expect(plan.waves.flatMap(\.moves).map(\.to) == (example.target.map { [$0] } ?? []))
        let warning = plan.findings.first { $0.rule == example.rule && $0.severity == .warning }
        #expect(
            warning?.message.hasSuffix("; waived until 1970-01-01T00:00:02.000Z: agreed") == true,
            "\(warning as Any)"
        )
        #expect(plan.finding(.expiredWaiver) == nil)
    }

    @Test(arguments: cases)
    func `a waiver whose time has passed counts for nothing`(example: Case) {
        let cluster = Cluster.with(nodes: 2, example.build)
        let plan = plan(cluster, [(example.rule, example.subject)], until: 1_000)
        #expect(plan.obstacles.map(\.rule) == [example.rule])
        #expect(plan.finding(.expiredWaiver)?.severity == .warning)
    }

    @Test func `a waiver that meets no obstacle is noted`() {
        let plan = plan(.with(nodes: 2), [(.barePod, "shop/gone")])
        #expect(plan.finding(.expiredWaiver)?.severity == .note)
        #expect(plan.finding(.expiredWaiver)?.message.contains("meets no obstacle") == true)
    }

    @Test func `a pod that may wait moves all the same where there is room`() {
        let cluster = Cluster.with(nodes: 2) { $0.addWorkload("web", on: ["w-1"]) }
        #expect(plan(cluster, [(.noRoom, "shop/web-1")]).waves.flatMap(\.moves).map(\.to) == ["w-2"])
    }

    @Test func `a pod waits for no node that never returns`() {
        let cluster = Cluster.with(nodes: 2) {
            $0.addWorkload("db", on: ["w-1"])
            $0.changePod("db-1") { $0.nodeSelector = ["kubernetes.io/hostname": "w-1"] }
        }
        let plan = plan(
            cluster,
            [(.pinnedPod, "shop/db-1")],
            purpose: .replace(node: "w-1", with: nil),
            nodes: nil
        )
        #expect(plan.obstacles.map(\.rule) == [.pinnedPod])
    }

    @Test func `a pod that waits holds its node's room again afterwards`() {
        let cluster = Cluster.with(nodes: 2) {
            $0.addWorkload("db", on: ["w-1"], requests: Resources(cpu: 3000, pods: 1))
            $0.changePod("db-1") { $0.nodeSelector = ["kubernetes.io/hostname": "w-1"] }
            $0.addWorkload("web", on: ["w-2"], requests: Resources(cpu: 3000, pods: 1))
        }
        let plan = plan(cluster, [(.pinnedPod, "shop/db-1")], nodes: nil)
        #expect(plan.nodes == ["w-1"])
        #expect(plan.nodes(.noRoom) == ["w-2"])
    }
}
