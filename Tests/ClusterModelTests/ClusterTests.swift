import ClusterModel
import Testing

struct ClusterTests {
    private static func pod(_ name: String, _ namespace: String = "a", on node: String? = nil, uid: String = "") -> Pod
    {
        Pod(id: PodID(namespace: namespace, name: name), uid: uid, labels: ["app": "web"], node: node)
    }

    private static func node(_ name: String) -> Node { Node(name: name, allocatable: .zero) }

    private static let web = WorkloadID(kind: "Deployment", namespace: "a", name: "web")
    private static let budget = DisruptionBudget(
        id: BudgetID(namespace: "a", name: "b"),
        selector: LabelSelector(matchLabels: ["app": "web"]),
        rule: .minAvailable(.count(1))
    )

    @Test func `objects are kept in order and found by name`() {
        let cluster = Cluster(
            nodes: [Self.node("n2"), Self.node("n10"), Self.node("n1")],
            pods: [Self.pod("z"), Self.pod("b", "b", on: "n1"), Self.pod("a", on: "n1")],
            budgets: [Self.budget],
            notes: [.unknownNode(pod: PodID(namespace: "b", name: "p"), node: "x"), .duplicate(object: "Node n1")]
        )
        #expect(cluster.nodes.map(\.name) == ["n1", "n10", "n2"])
        #expect(cluster.pods.map(\.id.description) == ["a/a", "a/z", "b/b"])
        #expect(cluster.node("n10")?.name == "n10")
        #expect(cluster.node("n3") == nil)
        #expect(cluster.pod(PodID(namespace: "b", name: "b"))?.node == "n1")
        #expect(cluster.pods(on: "n1").map(\.id.name) == ["a", "b"])
        #expect(cluster.budgets(of: Self.pod("q")).map(\.id) == [Self.budget.id])
        #expect(cluster.budgets(of: Self.pod("q", "c")).isEmpty)
        #expect(cluster.notes.map(\.description) == cluster.notes.map(\.description).sorted())
    }

    @Test func `a budget expects the replicas of its workloads, and each other pod`() {
        var pods = ["p1", "p2"].map { Self.pod($0) }
        pods[0].workload = Self.web
        pods[1].workload = Self.web
        var finished = Self.pod("done")
        finished.phase = .succeeded
        let all = pods + [Self.pod("bare"), finished]
        let cluster = Cluster(
            nodes: [],
            pods: all,
            workloads: [Workload(id: Self.web, replicas: 5)],
            budgets: [Self.budget]
        )
        #expect(cluster.expectedPods(of: Self.budget) == 6)
        let unknown = Cluster(nodes: [], pods: all, budgets: [Self.budget])
        #expect(unknown.expectedPods(of: Self.budget) == 3)
    }

    @Test func `the volumes of a pod are those of its claims that are known`() {
        var pod = Self.pod("p")
        pod.claims = ["x", "y"]
        let volume = Volume(claim: ClaimID(namespace: "a", name: "y"), binding: .waitsForPod)
        let foreign = Volume(claim: ClaimID(namespace: "b", name: "x"), binding: .waitsForPod)
        #expect(Cluster(nodes: [], volumes: [volume, foreign]).volumes(of: pod) == [volume])
    }

    @Test func `changes come and go`() {
        var cluster = Cluster(nodes: [Self.node("n2")])
        let volume = Volume(claim: ClaimID(namespace: "a", name: "c"), binding: .unbound)
        let changes: [ClusterChange] = [
            .node(Self.node("n1")), .pod(Self.pod("p", uid: "1")), .workload(Workload(id: Self.web, replicas: 2)),
            .budget(Self.budget), .volume(volume), .namespace("a", labels: ["x": "y"]), .leaders(["n1", "gone"]),
        ]
        for change in changes { cluster.apply(change) }
        let expected = Cluster(
            nodes: [Self.node("n1"), Self.node("n2")],
            pods: [Self.pod("p", uid: "1")],
            workloads: [Workload(id: Self.web, replicas: 2)],
            budgets: [Self.budget],
            volumes: [volume],
            namespaces: ["a": ["x": "y"]],
            leaders: ["n1"]
        )
        #expect(cluster == expected)
        for change in changes { cluster.apply(change) }
        #expect(cluster == expected)
        let ends: [ClusterChange] = [
            .nodeGone("n1"), .podGone(PodID(namespace: "a", name: "p"), uid: "1"), .workloadGone(Self.web),
            .budgetGone(Self.budget.id), .volumeGone(volume.claim), .namespaceGone("a"), .leaders([]),
        ]
        for change in ends + ends { cluster.apply(change) }
        #expect(cluster == Cluster(nodes: [Self.node("n2")]))
    }

    @Test func `a pod that is gone does not take its successor of the same name along`() {
        var cluster = Cluster(nodes: [], pods: [Self.pod("p", uid: "new")])
        cluster.apply(.podGone(PodID(namespace: "a", name: "p"), uid: "old"))
        #expect(cluster.pods.count == 1)
        cluster.apply(.podGone(PodID(namespace: "a", name: "nosuch"), uid: "new"))
        #expect(cluster.pods.count == 1)
    }
}
