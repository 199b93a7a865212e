import ClusterModel
import Foundation
import Kubernetes
import Ports
import Practice
import Testing

extension Contract {
    /// Evenkeel's own client against the server.
    struct ClientTests {
        private struct SystemTime: Timepiece {
            var now: Instant { Instant(milliseconds: Int64(Date().timeIntervalSince1970 * 1000)) }
            func sleep(until instant: Instant) async throws {
                let wait = instant.since(now)
                if wait > .zero { try await ContinuousClock().sleep(for: wait) }
            }
        }

        private func connected(
            _ config: Kubeconfig,
            _ body: (KubernetesClient) async throws -> Void
        ) async throws {
            let client = try await KubernetesClient.connect(config, userAgent: "contract", time: SystemTime())
            let outcome: Result<Void, any Error>
            do { outcome = .success(try await body(client)) } catch { outcome = .failure(error) }
            try? await client.shutdown()
            try outcome.get()
        }

        private func onNode(
            _ node: (String) -> JSONValue = { Made.node($0) },
            _ body: (ContractServer, KubernetesClient, String) async throws -> Void
        ) async throws {
            let server = try ContractServer.required()
            let name = "contract-\(UUID().uuidString.prefix(8).lowercased())"
            try await Turns.shared.take {
                try await server.withNode(name, node(name)) { _ in
                    try await connected(server.config) { try await body(server, $0, name) }
                }
            }
        }

        @Test func `a cordon names its owner, and only that one takes it away`() async throws {
            try await onNode { server, client, name in
                let first = try await client.cordon(node: name, owner: "run-1")
                #expect(first == .cordoned)
                let again = try await client.cordon(node: name, owner: "run-1")
                #expect(again == .alreadyOurs)
                let other = try await client.cordon(node: name, owner: "run-2")
                #expect(other == .foreign(owner: "run-1"))
                let refused = try await client.uncordon(node: name, owner: "run-2")
                #expect(refused == .foreign(owner: "run-1"))
                let given = try await client.uncordon(node: name, owner: "run-1")
                #expect(given == .uncordoned)
                let node = try await server.send("GET", "/api/v1/nodes/\(name)").json
                #expect(node["spec", "unschedulable"] == nil)
                #expect(node["metadata", "annotations", "evenkeel.io/cordoned-by"] == nil)
                let nothing = try await client.uncordon(node: name, owner: "run-1")
                #expect(nothing == .nothingToDo)
            }
        }

        @Test func `a node found cordoned stays as it is`() async throws {
            try await onNode({ Made.node($0, unschedulable: true) }) { server, client, name in
                let outcome = try await client.cordon(node: name, owner: "run-1")
                #expect(outcome == .foreign(owner: nil))
                let refused = try await client.uncordon(node: name, owner: "run-1")
                #expect(refused == .foreign(owner: nil))
                let node = try await server.send("GET", "/api/v1/nodes/\(name)").json
                #expect(node["spec", "unschedulable"] == true)
            }
        }

        @Test func `the steering mark is one taint among others, and goes without them`() async throws {
            let taints: [JSONValue] = [["key": "a", "value": "1", "effect": "NoSchedule"]]
            try await onNode({ Made.node($0, taints: taints) }) { server, client, name in
                func keys() async throws -> [String] {
                    let node = try await server.send("GET", "/api/v1/nodes/\(name)").json
                    return node["spec", "taints"]?.array?.compactMap { $0["key"]?.string }
                        .filter { !$0.hasPrefix("node.kubernetes.io/") } ?? []
                }
                // A new node has a taint of the server's, and who takes it away writes the whole list as it was before.
                try await server.until("the node to be taken in", "/api/v1/nodes") { nodes in
                    let node = nodes.first { $0.name == name }
                    let keys = node?["spec", "taints"]?.array?.compactMap { $0["key"]?.string } ?? []
                    return node != nil && !keys.contains("node.kubernetes.io/not-ready")
                }
                try await client.mark(node: name, owner: "run-1")
                #expect(try await keys().count == 2)
                try await client.mark(node: name, owner: "run-1")
                #expect(try await keys().count == 2)
                try await client.unmark(node: name)
                #expect(try await keys() == ["a"])
            }
        }

        @Test func `a node that is gone is no failure where it does not matter`() async throws {
            let server = try ContractServer.required()
            try await connected(server.config) { client in
                try await client.mark(node: "nosuch", owner: "run-1")
                try await client.unmark(node: "nosuch")
                let outcome = try await client.uncordon(node: "nosuch", owner: "run-1")
                #expect(outcome == .nothingToDo)
                await #expect(throws: ControlError.self) { try await client.cordon(node: "nosuch", owner: "run-1") }
            }
        }

        @Test func `every answer to an eviction has its meaning`() async throws {
            let server = try ContractServer.required()
            try await Turns.shared.take {
                try await server.withNamespace { namespace in
                    let workload = Made.workload("app", replicas: 2)
                    try await server.create(server.path(namespace, "deployments"), workload)
                    let pods = try await server.ready(2, "app", in: namespace)
                    let id = PodID(namespace: namespace, name: pods[0].name)
                    try await connected(server.config) { client in
                        let budgets = server.path(namespace, "poddisruptionbudgets")
                        try await server.create(budgets, Made.budget("app", ["maxUnavailable": 0]))
                        try await counted(1, budgets, server)
                        let spent = try await client.evict(pod: id, uid: pods[0].uid)
                        guard case .budgetSpent(let message) = spent else {
                            Issue.record("\(spent)")
                            return
                        }
                        #expect(message.contains("app"))
                        try await server.create(budgets, Made.budget("other", ["maxUnavailable": 1]))
                        try await counted(2, budgets, server)
                        let impossible = try await client.evict(pod: id, uid: pods[0].uid)
                        guard case .impossible = impossible else {
                            Issue.record("\(impossible)")
                            return
                        }
                        for name in ["app", "other"] { _ = try await server.send("DELETE", "\(budgets)/\(name)") }
                        try await server.until("no budget", budgets) { $0.isEmpty }
                        let another = try await client.evict(pod: id, uid: "00000000-0000-0000-0000-000000000000")
                        #expect(another == .gone)
                        let admitted = try await client.evict(pod: id, uid: pods[0].uid)
                        #expect(admitted == .admitted)
                        try await server.until("its end", server.path(namespace, "pods")) { pods in
                            !pods.contains { $0.name == id.name }
                        }
                        let gone = try await client.evict(pod: id, uid: pods[0].uid)
                        #expect(gone == .gone)
                        let deleted = try await client.delete(pod: id, uid: pods[0].uid)
                        #expect(deleted == .gone)
                    }
                }
            }
        }

        private func counted(_ count: Int, _ path: String, _ server: ContractServer) async throws {
            try await server.until("\(count) counted budgets", path) { budgets in
                budgets.count { $0["status", "observedGeneration"] == $0["metadata", "generation"] } == count
            }
        }

        @Test func `a snapshot has what was made`() async throws {
            let server = try ContractServer.required()
            try await Turns.shared.take {
                try await server.withNamespace { namespace in
                    let workload = Made.workload("app", replicas: 2)
                    try await server.create(server.path(namespace, "deployments"), workload)
                    let path = server.path(namespace, "poddisruptionbudgets")
                    try await server.create(path, Made.budget("app", ["maxUnavailable": "50%"]))
                    try await server.ready(2, "app", in: namespace)
                    try await connected(server.config) { client in
                        let cluster = try await client.snapshot()
                        let pods = cluster.pods.filter { $0.id.namespace == namespace }
                        #expect(pods.count == 2)
                        #expect(pods.allSatisfy { $0.workload?.kind == "Deployment" && $0.workload?.name == "app" })
                        #expect(pods.allSatisfy { cluster.budgets(of: $0).count == 1 })
                        #expect(cluster.nodes.contains { $0.name == "node-1" && $0.isControlPlane })
                    }
                }
            }
        }

        @Test func `following the cluster brings what happens after the snapshot`() async throws {
            try await onNode { server, client, name in
                var isCordoned = false
                for try await observation in client.observe() {
                    switch observation {
                    case .snapshot(let cluster):
                        #expect(cluster.node(name) != nil)
                        let patch: JSONValue = ["spec": ["unschedulable": true]]
                        let path = "/api/v1/nodes/\(name)"
                        _ = try await server.send("PATCH", path, patch, type: "application/merge-patch+json")
                    case .change(.node(let node)) where node.name == name: isCordoned = node.unschedulable
                    default: break
                    }
                    if isCordoned { break }
                }
                #expect(isCordoned)
            }
        }

        @Test func `a bad token, and rights that are missing, are refusals that name themselves`() async throws {
            let server = try ContractServer.required()
            var bad = server.config
            bad.token = "nonsense"
            let error = await #expect(throws: ControlError.self) { try await connected(bad) { _ in } }
            guard case .refused(let text) = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(text.contains("401"))
            try await connected(try #require(server.powerless)) { client in
                let error = await #expect(throws: ControlError.self) { try await client.snapshot() }
                guard case .refused(let text) = error else {
                    Issue.record("\(String(describing: error))")
                    return
                }
                #expect(text.contains("403") && text.contains("list"))
            }
        }
    }
}
