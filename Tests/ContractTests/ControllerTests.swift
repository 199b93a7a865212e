import Practice
import Testing

extension Contract {
    /// What the controllers do when a pod leaves.
    struct ControllerTests {
        private func working(_ body: (ContractServer, String) async throws -> Void) async throws {
            let server = try ContractServer.required()
            try await Turns.shared.take { try await server.withNamespace { try await body(server, $0) } }
        }

        private func make(
            _ plural: String,
            _ replicas: Int?,
            _ server: ContractServer,
            _ namespace: String,
            more: JSONValue = [:]
        ) async throws {
            var workload = Made.workload("app", replicas: replicas, more: more)
            if plural == "replicationcontrollers" { workload["spec", "selector"] = ["app": "app"] }
            if plural == "statefulsets" { workload["spec", "serviceName"] = "app" }
            if plural == "jobs" {
                workload["spec", "selector"] = nil
                workload["spec", "template", "spec", "restartPolicy"] = "Never"
            }
            try await server.create(server.path(namespace, plural), workload)
        }

        @Test(arguments: ["deployments", "replicasets", "replicationcontrollers"])
        func `an evicted pod has a successor of another name and UID`(plural: String) async throws {
            try await working { server, namespace in
                try await make(plural, 2, server, namespace)
                let before = try await server.ready(2, "app", in: namespace)
                #expect(try await server.evict(namespace, before[0].name).status == 201)
                let path = server.path(namespace, "pods")
                let after = try await server.until("the successor", path) { pods in
                    pods.count == 2 && pods.allSatisfy(\.isReady) && !pods.contains { $0.uid == before[0].uid }
                }
                #expect(after.contains { $0.uid == before[1].uid })
                #expect(!after.contains { $0.name == before[0].name })
            }
        }

        @Test(arguments: ["OrderedReady", "Parallel"])
        func `a StatefulSet's pod comes back under its name with another UID`(management: String) async throws {
            try await working { server, namespace in
                let more: JSONValue = ["podManagementPolicy": .string(management)]
                try await make("statefulsets", 2, server, namespace, more: more)
                let before = try await server.ready(2, "app", in: namespace)
                #expect(before.map(\.name) == ["app-0", "app-1"])
                #expect(try await server.evict(namespace, "app-1").status == 201)
                let after = try await server.until("the successor", server.path(namespace, "pods")) { pods in
                    pods.count == 2 && pods.allSatisfy(\.isReady) && !pods.contains { $0.uid == before[1].uid }
                }
                #expect(after.map(\.name) == ["app-0", "app-1"])
                #expect(after[0].uid == before[0].uid)
            }
        }

        @Test func `an ordered StatefulSet makes one pod after another`() async throws {
            try await working { server, namespace in
                try await make("statefulsets", 3, server, namespace)
                var mostUnready = 0
                try await server.until("three pods", server.path(namespace, "pods")) { pods in
                    mostUnready = max(mostUnready, pods.count { !$0.isReady })
                    return pods.count { $0.isReady } == 3
                }
                #expect(mostUnready <= 1)
            }
        }

        @Test func `a DaemonSet has a pod on each node it may use, and makes an evicted one anew right there`()
            async throws
        {
            try await working { server, namespace in
                try await make("daemonsets", nil, server, namespace, more: ["replicas": .null])
                // The lab's eight machines but the three that are tainted; others' nodes may come and go.
                let pods = try await server.until("a pod on each", server.path(namespace, "pods")) { pods in
                    Set(["2", "3", "5", "6", "7"].map { "node-\($0)" })
                        .isSubset(of: Set(pods.filter(\.isReady).compactMap(\.nodeName)))
                }
                #expect(!pods.contains { $0.nodeName == "node-1" || $0.nodeName == "node-4" })
                let pod = try #require(pods.first { $0.nodeName == "node-2" })
                #expect(try await server.evict(namespace, pod.name).status == 201)
                try await server.until("its successor", server.path(namespace, "pods")) { pods in
                    pods.contains { $0.nodeName == "node-2" && $0.isReady && $0.uid != pod.uid }
                }
            }
        }

        @Test func `a Job makes a lost pod anew`() async throws {
            try await working { server, namespace in
                try await make("jobs", nil, server, namespace, more: ["replicas": .null, "backoffLimit": 6])
                let path = server.path(namespace, "pods")
                let before = try await server.until("the Job's pod", path) { $0.contains(where: \.isReady) }
                #expect(try await server.evict(namespace, before[0].name).status == 201)
                try await server.until("its successor", path) { pods in
                    pods.contains { $0.isReady && $0.uid != before[0].uid }
                }
            }
        }

        @Test func `a bare pod is lost`() async throws {
            try await working { server, namespace in
                let path = server.path(namespace, "pods")
                try await server.create(path, Made.pod("a", spec: Made.spec()))
                try await server.ready(1, "app", in: namespace)
                #expect(try await server.evict(namespace, "a").status == 201)
                try await server.until("no pod", path) { $0.isEmpty }
            }
        }

        @Test(arguments: ["deployments", "statefulsets", "replicasets"])
        func `a workload is scaled through its subresource`(plural: String) async throws {
            try await working { server, namespace in
                try await make(plural, 1, server, namespace)
                try await server.ready(1, "app", in: namespace)
                let path = server.path(namespace, plural) + "/app/scale"
                #expect(try await server.send("GET", path).json["spec", "replicas"]?.integer == 1)
                let type = "application/merge-patch+json"
                let patch: JSONValue = ["spec": ["replicas": 2]]
                #expect(try await server.send("PATCH", path, patch, type: type).status == 200)
                try await server.ready(2, "app", in: namespace)
                _ = try await server.send("PATCH", path, ["spec": ["replicas": 0]], type: type)
                try await server.until("no pod", server.path(namespace, "pods")) { $0.isEmpty }
            }
        }

        @Test(arguments: [("deployments", "ReplicaSet"), ("statefulsets", "StatefulSet"), ("jobs", "Job")])
        func `a pod names its controller`(plural: String, kind: String) async throws {
            try await working { server, namespace in
                try await make(plural, plural == "jobs" ? nil : 1, server, namespace)
                let pods = try await server.until("a pod", server.path(namespace, "pods")) { !$0.isEmpty }
                let owners = pods[0]["metadata", "ownerReferences"]?.array ?? []
                #expect(owners.count == 1)
                #expect(owners.first?["kind"]?.string == kind)
                #expect(owners.first?["controller"] == true)
            }
        }

        @Test func `a deleted namespace takes its pods with it`() async throws {
            try await working { server, namespace in
                try await make("deployments", 2, server, namespace)
                try await server.ready(2, "app", in: namespace)
                #expect(try await server.send("DELETE", "/api/v1/namespaces/\(namespace)").status == 200)
                try await server.until("no pod", server.path(namespace, "pods")) { $0.isEmpty }
                let path = server.path(namespace, "pods")
                let answer = try await server.send("POST", path, Made.pod("late", spec: Made.spec()))
                #expect([403, 404].contains(answer.status), "\(answer.text)")
            }
        }
    }
}
