import ClusterModel
import Testing

struct BudgetTests {
    @Test(arguments: [
        ("0", 7, 0), ("3", 7, 3), ("25%", 7, 2), ("50%", 7, 4), ("1%", 7, 1), ("0%", 7, 0), ("100%", 7, 7),
        ("200%", 7, 14),
        ("30%", 10, 3), ("33%", 3, 1), ("34%", 3, 2), ("9223372036854775807%", 7, 645_636_042_579_834_307),
    ])
    func `percentages round up`(text: String, total: Int, count: Int) throws {
        #expect(try #require(CountOrPercent(text)).roundedUp(of: total) == count)
    }

    @Test func `a hostile percentage does not overflow`() {
        #expect(CountOrPercent.percent(.max).roundedUp(of: 1000) == .max)
        #expect(DisruptionBudget.Rule.maxUnavailable(.percent(.max)).desiredHealthy(of: 1000) == 0)
    }

    @Test(arguments: ["", "%", "-1", "-5%", "1.5", "x", "5%%", "99999999999999999999"])
    func `other texts are neither number nor percentage`(text: String) { #expect(CountOrPercent(text) == nil) }

    @Test(arguments: [
        (DisruptionBudget.Rule.minAvailable(.count(2)), 2, "minAvailable 2"),
        (.minAvailable(.percent(50)), 3, "minAvailable 50%"),
        (.maxUnavailable(.count(1)), 4, "maxUnavailable 1"), (.maxUnavailable(.count(9)), 0, "maxUnavailable 9"),
        (.maxUnavailable(.percent(50)), 2, "maxUnavailable 50%"),
    ])
    func `a rule says how many of five must stay`(rule: DisruptionBudget.Rule, healthy: Int, text: String) {
        #expect(rule.desiredHealthy(of: 5) == healthy)
        #expect(rule.description == text)
    }

    @Test func `a budget selects in its own namespace only, nil nothing, empty everything`() {
        var budget = DisruptionBudget(
            id: BudgetID(namespace: "a", name: "b"),
            selector: LabelSelector(),
            rule: .minAvailable(.count(1))
        )
        let pod = Pod(id: PodID(namespace: "a", name: "p"), labels: ["app": "web"])
        #expect(budget.selects(pod))
        #expect(!budget.selects(Pod(id: PodID(namespace: "c", name: "p"))))
        budget.selector = nil
        #expect(!budget.selects(pod))
        budget.selector = LabelSelector(matchLabels: ["app": "db"])
        #expect(!budget.selects(pod))
    }
}

struct PodStateTests {
    @Test func `finished pods hold nothing, terminating ones are not healthy`() {
        var pod = Pod(id: PodID(namespace: "a", name: "p"))
        #expect(pod.isHealthy && !pod.isFinished && !pod.isDaemon)
        pod.terminating = true
        #expect(!pod.isHealthy)
        pod.terminating = false
        pod.phase = .succeeded
        #expect(pod.isFinished && !pod.isHealthy)
        pod.phase = .running
        pod.ready = false
        #expect(!pod.isHealthy)
        pod.owner = OwnerReference(kind: "DaemonSet", name: "d")
        #expect(pod.isDaemon)
    }

    @Test(arguments: [
        ("ReplicaSet", true), ("Job", true), ("StatefulSet", true), ("DaemonSet", true), ("Tenant", false),
        ("Node", false),
    ])
    func `only known controllers make pods again`(kind: String, recreates: Bool) {
        #expect(OwnerReference(kind: kind, name: "x").recreatesPods == recreates)
    }

    @Test(
        arguments: [
            (["node-role.kubernetes.io/control-plane": ""], true, nil),
            (["node-role.kubernetes.io/master": ""], true, nil),
            (["topology.kubernetes.io/zone": "z"], false, "z"),
            (["failure-domain.beta.kubernetes.io/zone": "old", "topology.kubernetes.io/zone": "new"], false, "new"),
            (["failure-domain.beta.kubernetes.io/zone": "old"], false, "old"), ([:], false, nil),
        ] as [(Labels, Bool, String?)]
    )
    func `labels say what a node is and where it stands`(labels: Labels, isControlPlane: Bool, zone: String?) {
        let node = Node(name: "n", labels: labels, allocatable: .zero)
        #expect(node.isControlPlane == isControlPlane)
        #expect(node.zone == zone)
    }
}
