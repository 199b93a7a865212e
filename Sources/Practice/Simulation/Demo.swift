package import ClusterModel

extension PracticeCluster {
    /// A small shop on twelve machines in three zones: about eighty pods, all healthy, a little over half full.
    package static func demo(
        seed: UInt64,
        startingAt instant: Instant = Instant(milliseconds: 1_767_225_600_000),
        options: PracticeOptions = PracticeOptions()
    ) -> PracticeCluster {
        var cluster = PracticeCluster(seed: seed, startingAt: instant, options: options)
        for (name, value) in [("system-cluster-critical", 2_000_000_000), ("system-node-critical", 2_000_001_000)] {
            cluster.create(
                PracticeObject(
                    kind: .priorityClass,
                    value: ["metadata": ["name": .string(name)], "value": JSONValue(value)]
                )
            )
        }
        cluster.create(demoNodes)
        for node in ["cp-1", "cp-2", "cp-3"] {
            for component in ["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler"] {
                cluster.createStaticPod("kube-system", component: component, node: node)
            }
        }
        cluster.create(demoWorkloads)
        cluster.create(demoBudgets)
        cluster.settle()
        return cluster
    }

    private static var demoNodes: [PracticeObject] {
        let controlPlane: JSONValue = ["key": "node-role.kubernetes.io/control-plane", "effect": "NoSchedule"]
        return (1...12).map { number in
            let isControl = number <= 3
            return .node(
                name: isControl ? "cp-\(number)" : "worker-\(number - 3)",
                zone: ["a", "b", "c"][(number - 1) % 3],
                cpu: "4",
                memory: "8Gi",
                labels: ["node-role.kubernetes.io/\(isControl ? "control-plane" : "worker")": ""],
                taints: isControl ? [controlPlane] : [],
                address: "127.0.77.\(number)"
            )
        }
    }

    private static var demoWorkloads: [PracticeObject] {
        let everywhere: JSONValue = ["tolerations": [["operator": "Exists"]]]
        let system: JSONValue = ["priorityClassName": "system-cluster-critical"]
        func pod(_ cpu: String, _ memory: String, apart app: String? = nil) -> PracticePod {
            PracticePod(cpu: cpu, memory: memory, spec: app.map { PracticePod.apart(app: $0) } ?? [:])
        }
        return [
            .daemonSet("kube-system", "kube-proxy", pod: PracticePod(cpu: "50m", memory: "64Mi", spec: everywhere)),
            .daemonSet("monitoring", "node-agent", pod: PracticePod(cpu: "100m", memory: "128Mi", spec: everywhere)),
            .deployment("kube-system", "coredns", replicas: 2, pod: PracticePod(memory: "170Mi", spec: system)),
            .deployment("kube-system", "metrics-server", replicas: 1, pod: pod("100m", "200Mi")),
            .deployment("shop", "web", replicas: 12, pod: pod("500m", "512Mi")),
            .deployment("shop", "api", replicas: 8, pod: pod("600m", "768Mi")),
            .deployment("shop", "cart", replicas: 6, pod: pod("400m", "512Mi")),
            .deployment("payments", "gateway", replicas: 4, pod: pod("500m", "512Mi", apart: "gateway")),
            .deployment("payments", "ledger", replicas: 3, pod: pod("300m", "512Mi")),
            .statefulSet("data", "postgres", replicas: 3, pod: pod("700m", "1Gi", apart: "postgres")),
            .statefulSet("data", "redis", replicas: 3, pod: pod("200m", "512Mi", apart: "redis")),
        ]
    }

    private static var demoBudgets: [PracticeObject] {
        [
            .budget("kube-system", "coredns", maxUnavailable: 1),
            .budget("shop", "web", minAvailable: "80%"),
            .budget("shop", "api", maxUnavailable: "25%"),
            .budget("payments", "gateway", minAvailable: 3),
            .budget("data", "postgres", maxUnavailable: 1),
        ]
    }
}
