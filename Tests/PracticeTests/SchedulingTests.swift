import ClusterModel
import Practice
import Testing

struct SchedulingTests {
    @Test func `a cordoned node gets no new pods and keeps the old ones`() {
        var cluster = cluster(node("n1"), node("n2"))
        cluster.cordon("n1")
        cluster.create(.deployment("shop", "web", replicas: 4))
        cluster.settle()
        #expect(cluster.app("web").allSatisfy { $0.nodeName == "n2" })
        cluster.cordon("n2")
        cluster.settle()
        #expect(cluster.app("web").count { $0.isReady } == 4)
    }

    @Test func `the cordon's taint comes and goes in writes of the controller`() {
        var cluster = cluster(node("n1"))
        cluster.cordon("n1")
        #expect(cluster.nodeObject("n1").taints.isEmpty, "not in the cordon's own write")
        cluster.settle()
        #expect(cluster.nodeObject("n1").taints == ["node.kubernetes.io/unschedulable:NoSchedule"])
        cluster.cordon("n1", false)
        #expect(cluster.nodeObject("n1")["spec", "unschedulable"] == nil)
        #expect(!cluster.nodeObject("n1").taints.isEmpty)
        cluster.settle()
        #expect(cluster.nodeObject("n1").taints.isEmpty)
    }

    @Test func `a pod without room stays Pending and says why, and starts when room is made`() {
        var cluster = cluster(
            node("n1", cpu: "1"),
            .deployment("shop", "big", replicas: 2, pod: PracticePod(cpu: "600m"))
        )
        let waiting = cluster.app("big").first { $0.nodeName == nil }
        #expect(waiting?["status", "phase"]?.string == "Pending")
        let condition = waiting?["status", "conditions"]?.array?.first { $0["type"]?.string == "PodScheduled" }
        #expect(condition?["reason"]?.string == "Unschedulable")
        #expect(condition?["message"]?.string == "0/1 nodes are available: 1 Insufficient cpu.")
        cluster.create(node("n2", cpu: "1"))
        cluster.settle()
        #expect(cluster.app("big").count { $0.isReady } == 2)
    }

    static let rules: [(name: String, spec: JSONValue, allowed: Set<String>)] = [
        ("no rule", [:], ["a1", "a2", "b1"]),
        ("node selector", ["nodeSelector": ["pool": "gpu"]], ["b1"]),
        (
            "node affinity",
            [
                "affinity": [
                    "nodeAffinity": [
                        "requiredDuringSchedulingIgnoredDuringExecution": [
                            "nodeSelectorTerms": [
                                ["matchExpressions": [["key": "pool", "operator": "DoesNotExist"]]]
                            ]
                        ]
                    ]
                ]
            ], ["a1", "a2"]
        ),
        ("toleration", ["tolerations": [["operator": "Exists"]], "nodeSelector": ["tainted": "yes"]], ["t1"]),
        ("nothing matches", ["nodeSelector": ["pool": "none"]], []),
    ]

    @Test(arguments: rules)
    func `pods go only where their rules allow`(rule: (name: String, spec: JSONValue, allowed: Set<String>)) {
        let cluster = cluster(
            node("a1"),
            node("a2"),
            node("b1", zone: "b", labels: ["pool": "gpu"]),
            .node(
                name: "t1",
                zone: "c",
                labels: ["tainted": "yes"],
                taints: [["key": "only", "effect": "NoSchedule"]]
            ),
            .deployment("shop", "app", replicas: 9, pod: PracticePod(cpu: "50m", spec: rule.spec))
        )
        let used = Set(cluster.app("app").compactMap(\.nodeName))
        #expect(used == rule.allowed)
    }

    @Test(arguments: [("kubernetes.io/hostname", 3), ("topology.kubernetes.io/zone", 2)])
    func `anti-affinity keeps pods apart by host and by zone`(key: String, places: Int) {
        let cluster = cluster(
            node("a1"),
            node("a2"),
            node("b1", zone: "b"),
            .deployment(
                "shop",
                "app",
                replicas: 4,
                pod: PracticePod(spec: PracticePod.apart(app: "app", topologyKey: key))
            )
        )
        let placed = cluster.app("app").compactMap(\.nodeName)
        #expect(placed.count == places)
        #expect(Set(placed).count == places)
    }

    @Test func `topology spread keeps the zones within the skew`() {
        let constraint: JSONValue = [
            "topologyKey": "topology.kubernetes.io/zone", "maxSkew": 1, "whenUnsatisfiable": "DoNotSchedule",
            "labelSelector": ["matchLabels": ["app.kubernetes.io/name": "app"]],
        ]
        let cluster = cluster(
            node("a1", cpu: "8"),
            node("a2", cpu: "8"),
            node("b1", zone: "b", cpu: "1"),
            .deployment(
                "shop",
                "app",
                replicas: 6,
                pod: PracticePod(cpu: "450m", spec: ["topologySpreadConstraints": [constraint]])
            )
        )
        let zones = cluster.app("app").compactMap(\.nodeName).map { $0.prefix(1) }
        #expect(zones.count { $0 == "b" } == 2)
        #expect(zones.count { $0 == "a" } == 3, "a fourth one in zone a would be a skew of 2")
    }

    @Test func `an extended resource and the pod count are counted`() {
        var gpu = node("g1")
        gpu.value["status", "allocatable", "nvidia.com/gpu"] = "1"
        var pod = PracticePod()
        pod.spec["containers"] = [
            ["name": "app", "image": "x", "resources": ["requests": ["nvidia.com/gpu": "1"]]]
        ]
        let cluster = cluster(gpu, node("n1"), .deployment("ml", "app", replicas: 2, pod: pod))
        #expect(cluster.app("app").compactMap(\.nodeName) == ["g1"])
        let crowded = self.crowded()
        #expect(crowded.app("app").compactMap(\.nodeName).count == 3)
    }

    private func crowded() -> PracticeCluster {
        cluster(.node(name: "n1", pods: 3), .deployment("shop", "app", replicas: 5))
    }

    @Test func `a system pod is placed before others that wait longer`() {
        var cluster = cluster(
            PracticeObject(kind: .priorityClass, value: ["metadata": ["name": "critical"], "value": 1000]),
            .deployment("shop", "a-low", replicas: 1, pod: PracticePod(cpu: "800m")),
            .deployment(
                "shop",
                "z-high",
                replicas: 1,
                pod: PracticePod(cpu: "800m", spec: ["priorityClassName": "critical"])
            )
        )
        cluster.create(node("n1", cpu: "1"))
        cluster.settle()
        #expect(cluster.app("z-high").first?.isReady == true)
        #expect(cluster.app("a-low").first?.nodeName == nil)
    }

    @Test func `a pod that refuses others keeps them away although they have no rule`() {
        let hermit: JSONValue = PracticePod.apart(app: "web")
        var cluster = cluster(
            node("n1"),
            .deployment("shop", "hermit", replicas: 1, pod: PracticePod(spec: hermit))
        )
        cluster.create(.deployment("shop", "web", replicas: 1))
        cluster.settle()
        #expect(cluster.app("web").first?.nodeName == nil)
        cluster.create(.deployment("other", "web", replicas: 1))
        cluster.settle()
        #expect(cluster.app("web").compactMap(\.nodeName) == ["n1"], "its rule is about its own namespace")
    }

    @Test func `a pod that wants a companion goes where one is`() {
        let companion: JSONValue = [
            "affinity": [
                "podAffinity": [
                    "requiredDuringSchedulingIgnoredDuringExecution": [
                        [
                            "labelSelector": ["matchLabels": ["app.kubernetes.io/name": "cache"]],
                            "topologyKey": "kubernetes.io/hostname",
                        ]
                    ]
                ]
            ]
        ]
        var cluster = cluster(
            node("n1"),
            node("n2"),
            .deployment("shop", "web", replicas: 3, pod: PracticePod(spec: companion))
        )
        #expect(cluster.app("web").allSatisfy { $0.nodeName == nil })
        cluster.create(.deployment("shop", "cache", replicas: 1))
        cluster.settle()
        let place = cluster.app("cache").first?.nodeName
        #expect(cluster.app("web").allSatisfy { $0.nodeName == place })
    }
}
