import ClusterModel
import Testing

@testable import Planning

/// Findings of rules between pods, volumes and ports, each with its numbers.
@Suite struct PlannerRelationTests {
    private static let host = "kubernetes.io/hostname"

    private func term(_ app: String, _ key: String = host) -> PodAffinityTerm {
        PodAffinityTerm(
            selector: LabelSelector(matchLabels: ["app": app]),
            namespaces: [ClusterBuilder.namespace],
            topologyKey: key
        )
    }

    @Test func `as many replicas as nodes that keep apart leave no node`() {
        let cluster = Cluster.with(nodes: 3) { builder in
            builder.addWorkload("web", on: ["w-1", "w-2", "w-3"])
            for number in 1...3 { builder.changePod("web-\(number)") { $0.podAntiAffinity = [term("web")] } }
        }
        let plan = plan(cluster)
        #expect(plan.nodes(.podAntiAffinity) == ["w-1", "w-2", "w-3"])
        #expect(
            plan.finding(.podAntiAffinity)?.message
                == "shop/web-1 on w-1 must not stand beside pods that stand on 2 of the 2 other nodes it may run on, "
                + "as shop/web-2 on w-2"
        )
        #expect(plan.waves.isEmpty)
    }

    @Test func `pods that keep apart are told of from the other side too`() {
        let cluster = Cluster.with(nodes: 2) { builder in
            builder.addWorkload("loud", on: ["w-2"])
            builder.changePod("loud-1") { $0.podAntiAffinity = [term("quiet")] }
            builder.addWorkload("quiet", on: ["w-1"])
        }
        #expect(plan(cluster, nodes: ["w-1"]).nodes(.podAntiAffinity) == ["w-1"])
    }

    @Test func `a pod follows what it needs, and both move in one wave`() {
        let cluster = Cluster.with(nodes: 3) { builder in
            builder.addWorkload("cache", on: ["w-1"])
            builder.addWorkload("app", on: ["w-1"])
            builder.changePod("app-1") { $0.podAffinity = [term("cache")] }
        }
        let moves = plan(cluster, nodes: ["w-1"]).waves.flatMap(\.moves)
        #expect(moves.count == 2)
        #expect(Set(moves.map(\.to)).count == 1)
    }

    @Test func `pods that need one another and a budget of one are a deadlock`() {
        let cluster = Cluster.with(nodes: 2) { builder in
            builder.addWorkload("pair", on: ["w-1", "w-1"])
            builder.addBudget("pair", app: "pair", .maxUnavailable(.count(1)))
            for number in 1...2 { builder.changePod("pair-\(number)") { $0.podAffinity = [term("pair")] } }
        }
        #expect(plan(cluster, nodes: ["w-1"]).obstacles.map(\.rule) == [.budgetDeadlock])
    }

    @Test func `a spread that every other node would break is named with its skew`() {
        let cluster = Cluster.with(nodes: 2) { builder in
            builder.addWorkload("web", on: ["w-1", "w-2"])
            for number in 1...2 {
                builder.changePod("web-\(number)") {
                    $0.topologySpread = [
                        TopologySpread(
                            maxSkew: 1,
                            topologyKey: Self.host,
                            selector: LabelSelector(matchLabels: ["app": "web"])
                        )
                    ]
                }
            }
        }
        let plan = plan(cluster)
        #expect(plan.nodes(.topologySpread) == ["w-1", "w-2"])
        #expect(plan.finding(.topologySpread)?.message.contains("a skew of 1 over \(Self.host)") == true)
    }

    @Test(arguments: [true, false])
    func `a claim that is missing is an obstacle where the snapshot would show it`(isShown: Bool) {
        let built = Cluster.with(nodes: 2) {
            $0.addWorkload("db", kind: "StatefulSet", on: ["w-1"])
            $0.changePod("db-1") { $0.claims = ["data"] }
        }
        let cluster = Cluster(
            nodes: built.nodes,
            pods: built.pods,
            workloads: Array(built.workloads.values),
            missingKinds: isShown ? [] : [.volumes]
        )
        let plan = plan(cluster, nodes: ["w-1"])
        #expect(plan.obstacles.map(\.rule) == (isShown ? [.volume] : []))
        #expect(plan.findings.count { $0.rule == .missingKind } == (isShown ? 0 : 1))
        if isShown { #expect(plan.obstacles.first?.message.contains("claim shop/data does not exist") == true) }
    }

    @Test func `what was odd in the snapshot is said, each sort once`() {
        let lost = (1...3).map { SourceNote.unknownNode(pod: ClusterBuilder.id("p-\($0)"), node: "w-9") }
        let built = Cluster.with(nodes: 2) { _ in }
        let cluster = Cluster(nodes: built.nodes, pods: [], notes: lost + [.duplicate(object: "Node w-1")])
        let odd = plan(cluster, nodes: ["w-1"]).findings.filter { $0.rule == .oddObject }
        #expect(odd.map(\.severity) == [.warning, .warning])
        #expect(odd.first?.message == "Node w-1: is there twice, and differs: the later one counts")
        #expect(odd.last?.message.hasPrefix("pod shop/p-1: its node w-9") == true)
        #expect(odd.last?.message.hasSuffix("(and 2 more like it)") == true)
    }

    @Test func `a local volume pins its pod`() {
        let built = Cluster.with(nodes: 2) {
            $0.addWorkload("db", kind: "StatefulSet", on: ["w-1"])
            $0.changePod("db-1") { $0.claims = ["data"] }
        }
        let here = LabelSelector.Requirement(key: Self.host, operator: .in, values: ["w-1"])
        let volume = Volume(
            claim: ClusterBuilder.id("data"),
            binding: .bound(volume: "pv-1"),
            nodeAffinity: [NodeSelectorTerm(matchExpressions: [here])],
            isLocal: true
        )
        let cluster = Cluster(
            nodes: built.nodes,
            pods: built.pods,
            workloads: Array(built.workloads.values),
            volumes: [volume]
        )
        let finding = plan(cluster, nodes: ["w-1"]).finding(.volume)
        #expect(finding?.message.contains("lies on w-1 itself, and none of 1 other node reaches it") == true)
    }

    @Test func `pods on one volume stay together`() {
        let built = Cluster.with(nodes: 4) {
            $0.addWorkload("db", on: ["w-1", "w-1"])
            for number in 1...2 { $0.changePod("db-\(number)") { $0.claims = ["data"] } }
            $0.addWorkload("full", kind: "DaemonSet", on: ["w-2"], requests: Resources(cpu: 3000, pods: 1))
        }
        let cluster = Cluster(
            nodes: built.nodes,
            pods: built.pods,
            workloads: Array(built.workloads.values),
            volumes: [Volume(claim: ClusterBuilder.id("data"), binding: .bound(volume: "pv"), attachesToOneNode: true)]
        )
        let moves = plan(cluster, defaultBudget: nil, nodes: ["w-1"]).waves.flatMap(\.moves)
        #expect(moves.count == 2)
        #expect(Set(moves.map(\.to)).count == 1)
    }

    @Test func `a port taken everywhere is named`() {
        let cluster = Cluster.with(nodes: 2) {
            $0.addWorkload("edge", on: ["w-1"])
            $0.changePod("edge-1") { $0.hostPorts = [HostPort(port: 443)] }
            $0.addWorkload("proxy", kind: "DaemonSet", on: ["w-2"])
            $0.changePod("proxy-1") { $0.hostPorts = [HostPort(port: 443, address: "10.0.0.2")] }
        }
        let plan = plan(cluster, nodes: ["w-1"])
        #expect(plan.obstacles.map(\.rule) == [.hostPort])
        #expect(plan.obstacles.first?.message.contains("binds port TCP 443") == true)
    }

    @Test func `pods that wait for a node and pods of Jobs are told of once`() {
        let cluster = Cluster.with(nodes: 2) {
            $0.addWorkload("batch", kind: "Job", on: ["w-1", "w-1"])
            $0.addWorkload("web", on: ["w-1", "w-1"])
            $0.changePod("web-2") {
                $0.node = nil
                $0.phase = .pending
            }
        }
        let plan = plan(cluster, nodes: ["w-1", "w-7"])
        #expect(plan.findings.count { $0.rule == .jobRunning } == 1)
        #expect(plan.finding(.jobRunning)?.message.hasPrefix("2 pods, as shop/batch-1, belong to Jobs") == true)
        #expect(plan.finding(.pendingPods)?.message.contains("1 pod, shop/web-2, waits for a node") == true)
        #expect(plan.finding(.missingNode)?.node == "w-7")
        #expect(plan.nodes == ["w-1"])
    }
}
