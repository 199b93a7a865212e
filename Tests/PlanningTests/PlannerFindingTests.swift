import ClusterModel
import Testing

@testable import Planning

@Suite struct PlannerFindingTests {
    /// A budget rule, the state of three pods, and the rule of the obstacle, if any.
    struct BudgetCase: Sendable, CustomTestStringConvertible {
        var title: String
        var rule: DisruptionBudget.Rule
        var unready = 0
        var unhealthy: DisruptionBudget.UnhealthyPodEviction = .ifHealthyBudget
        var status: DisruptionBudget.Status?
        var obstacle: Finding.Rule?

        var testDescription: String { title }
    }

    static let budgetCases = [
        BudgetCase(title: "one may go", rule: .maxUnavailable(.count(1))),
        BudgetCase(title: "none ever", rule: .maxUnavailable(.count(0)), obstacle: .impossibleBudget),
        BudgetCase(title: "all wanted", rule: .minAvailable(.count(3)), obstacle: .impossibleBudget),
        BudgetCase(title: "more than all", rule: .minAvailable(.count(4)), obstacle: .impossibleBudget),
        BudgetCase(title: "a hundred percent", rule: .minAvailable(.percent(100)), obstacle: .impossibleBudget),
        BudgetCase(title: "rounded up to all", rule: .minAvailable(.percent(67)), obstacle: .impossibleBudget),
        BudgetCase(title: "rounded up to one", rule: .maxUnavailable(.percent(1))),
        BudgetCase(
            title: "unready pods hold each other",
            rule: .minAvailable(.count(2)),
            unready: 2,
            obstacle: .unhealthyPods
        ),
        BudgetCase(
            title: "spent though unready pods are free",
            rule: .minAvailable(.count(2)),
            unready: 1,
            unhealthy: .alwaysAllow,
            obstacle: .spentBudget
        ),
        BudgetCase(
            title: "all are unready and free",
            rule: .minAvailable(.count(1)),
            unready: 3,
            unhealthy: .alwaysAllow
        ),
        BudgetCase(
            title: "the status is stricter",
            rule: .maxUnavailable(.count(1)),
            status: .init(disruptionsAllowed: 0, currentHealthy: 3, desiredHealthy: 2, expectedPods: 3),
            obstacle: .spentBudget
        ),
        BudgetCase(
            title: "not counted yet",
            rule: .maxUnavailable(.count(1)),
            status: .init(
                disruptionsAllowed: 1,
                currentHealthy: 3,
                desiredHealthy: 2,
                expectedPods: 3,
                isCurrent: false
            ),
            obstacle: .uncountedBudget
        ),
    ]

    @Test(arguments: budgetCases)
    func `a budget that lets nothing go is an obstacle of its kind`(_ budgetCase: BudgetCase) {
        let cluster = Cluster.with(nodes: 4) { builder in
            builder.addWorkload("web", on: ["w-1", "w-2", "w-3"])
            builder.addBudget(
                "guard",
                app: "web",
                budgetCase.rule,
                unhealthy: budgetCase.unhealthy,
                status: budgetCase.status
            )
            // The last pods fail first, so that the pod on w-1 is healthy unless all are not.
            for number in 0..<budgetCase.unready { builder.changePod("web-\(3 - number)") { $0.ready = false } }
        }
        let plan = plan(cluster, nodes: ["w-1"])
        #expect(plan.obstacles.map(\.rule) == (budgetCase.obstacle.map { [$0] } ?? []))
        #expect(plan.obstacles.allSatisfy { $0.node == "w-1" && $0.pod == ClusterBuilder.id("web-1") })
        #expect(plan.obstacles.allSatisfy { $0.budget == ClusterBuilder.id("guard") })
        #expect(plan.nodes == (budgetCase.obstacle == nil ? ["w-1"] : []))
        #expect(plan.brokenClaims(on: cluster).isEmpty)
    }

    @Test func `an impossible budget says its numbers and the way out`() {
        let cluster = Cluster.with(nodes: 2) {
            $0.addWorkload("license", on: ["w-1"])
            $0.addBudget("license", app: "license", .minAvailable(.count(1)))
        }
        let finding = plan(cluster).finding(.impossibleBudget)
        let message =
            "budget shop/license (minAvailable 1) wants 1 healthy of 1: it allows no eviction, ever; "
            + "it holds 1 pod on w-1"
        #expect(finding?.message == message)
        #expect(finding?.fix == "raise the replicas to 2, or lower minAvailable")
    }

    @Test func `pods of a workload under its own size are an obstacle by the default budget`() {
        let cluster = Cluster.with(nodes: 2) { $0.addWorkload("web", on: ["w-1", "w-2"], replicas: 3) }
        let plan = plan(cluster)
        #expect(plan.nodes(.spentBudget) == ["w-1", "w-2"])
        #expect(plan.finding(.spentBudget)?.budget == nil)
        #expect(plan.waves.isEmpty)
    }

    @Test func `a pod under two budgets names both`() {
        let cluster = Cluster.with(nodes: 2) {
            $0.addWorkload("ledger", on: ["w-1", "w-2"])
            $0.addBudget("ledger-a", app: "ledger", .maxUnavailable(.count(1)))
            $0.addBudget("ledger-b", app: "ledger", .maxUnavailable(.count(1)))
        }
        let plan = plan(cluster)
        #expect(plan.nodes(.twoBudgets) == ["w-1", "w-2"])
        #expect(plan.finding(.twoBudgets)?.message.contains("shop/ledger-a and shop/ledger-b") == true)
    }

    @Test func `bare pods are one obstacle a node, with their count`() {
        let cluster = Cluster.with(nodes: 3) {
            $0.addPod("shell", on: "w-1")
            $0.addPod("test", on: "w-1")
        }
        let plan = plan(cluster)
        #expect(plan.obstacles.count == 1)
        #expect(plan.obstacles.first?.message.hasPrefix("shop/shell and 1 other pod on w-1 has no controller") == true)
        #expect(plan.nodes.sorted() == ["w-2", "w-3"])
    }

    @Test func `a pod of a strange controller is a warning and moves`() {
        let cluster = Cluster.with(nodes: 2) { $0.addWorkload("widget", kind: "Widget", on: ["w-1"]) }
        let plan = plan(cluster, nodes: ["w-1"])
        #expect(plan.finding(.unknownController)?.severity == .warning)
        #expect(plan.nodes == ["w-1"])
    }

    @Test func `a pod that may run on no other node is pinned, one too big for any has no room`() {
        let cluster = Cluster.with(nodes: 3) {
            $0.addWorkload("local", on: ["w-1"])
            $0.changePod("local-1") { $0.nodeSelector = ["kubernetes.io/hostname": "w-1"] }
            $0.changeNode("w-2") { $0.allocatable.cpu = 8000 }
            $0.addWorkload("huge", on: ["w-2"], requests: Resources(cpu: 5500, pods: 1))
        }
        let plan = plan(cluster)
        #expect(plan.nodes(.pinnedPod) == ["w-1"])
        #expect(plan.nodes(.noRoom) == ["w-2"])
        #expect(plan.finding(.pinnedPod)?.message.contains("kubernetes.io/hostname=w-1") == true)
        #expect(plan.finding(.noRoom)?.message.contains("asks for 5.5 cores") == true)
        #expect(plan.finding(.noRoom)?.message.contains("w-1, lacks 1.5 cores") == true)
        #expect(plan.nodes == ["w-3"])
    }

    @Test func `a full cluster says how much is missing where`() {
        let cluster = Cluster.with(nodes: 2) {
            $0.addWorkload("left", on: ["w-1"], requests: Resources(cpu: 3000, pods: 1))
            $0.addWorkload("right", on: ["w-2"], requests: Resources(cpu: 3000, pods: 1))
        }
        let plan = plan(cluster)
        #expect(plan.waves.isEmpty)
        #expect(plan.nodes(.noRoom) == ["w-1", "w-2"])
        #expect(plan.finding(.noRoom)?.message.contains("the best node, w-2, lacks 2 cores") == true)
    }

    @Test func `broken and foreign nodes are left out`() {
        let cluster = Cluster.with(nodes: 4) {
            $0.changeNode("w-1") { $0.ready = false }
            $0.changeNode("w-2") { $0.unschedulable = true }
            $0.changeNode("w-3") { node in
                node.unschedulable = true
                node.cordonOwner = "run-1"
            }
        }
        let plan = plan(cluster)
        #expect(plan.nodes(.nodeNotReady) == ["w-1"])
        #expect(plan.nodes(.foreignCordon) == ["w-2"])
        #expect(plan.nodes.sorted() == ["w-3", "w-4"])
    }

    @Test func `what somebody may feel is a warning`() {
        let cluster = Cluster.with(nodes: 2) {
            $0.addWorkload("solo", on: ["w-1"])
            $0.changePod("solo-1") { $0.hasEmptyDir = true }
        }
        let plan = plan(cluster)
        #expect(plan.findings.map(\.rule) == [.singleReplica, .emptyDirectory])
        #expect(plan.findings.allSatisfy { $0.severity == .warning })
        #expect(plan.nodes.count == 2)
    }

    @Test func `a budget without pods and a campaign without nodes are told`() {
        let cluster = Cluster.with(nodes: 1) { $0.addBudget("stray", app: "nothing", .minAvailable(.count(1))) }
        let plan = plan(cluster, nodes: ["w-9"])
        #expect(plan.finding(.emptyBudget)?.budget == ClusterBuilder.id("stray"))
        #expect(plan.finding(.nothingToDo)?.severity == .warning)
        #expect(plan.bounds == Bounds(waves: 0, rounds: 0, evictions: 0))
    }

    @Test func `obstacles of all nodes come first, by rule, node and pod`() {
        let cluster = Cluster.with(nodes: 4) {
            $0.addPod("b", on: "w-3")
            $0.addPod("a", on: "w-2")
            $0.addWorkload("solo", on: ["w-4"])
            $0.changeNode("w-1") { $0.ready = false }
        }
        let plan = plan(cluster)
        #expect(plan.findings.map(\.rule) == [.barePod, .barePod, .nodeNotReady, .singleReplica])
        #expect(plan.findings.map(\.node) == ["w-2", "w-3", "w-1", "w-4"])
    }

    @Test(arguments: [
        (1500, "cpu", "1.5 cores"), (1, "cpu", "0.01 cores"), (1005, "cpu", "1.01 cores"),
        (3 << 30, "memory", "3 GiB of memory"), (1 << 20, "memory", "1 MiB of memory"),
        (5, "memory", "5 bytes of memory"), (1, "pods", "1 pod"), (2, "example.com/gpu", "2 example.com/gpu"),
    ])
    func `amounts read as people write them`(amount: Int64, resource: String, text: String) {
        #expect(AmountText.text(amount, of: resource) == text)
    }
}
