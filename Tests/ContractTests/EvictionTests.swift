import ClusterModel
import NIOHTTP1
import Practice
import Testing

extension Contract {
    /// The Eviction API: what it grants, what it refuses, and how one tells why.
    struct EvictionTests {
        private func working(_ body: (ContractServer, String) async throws -> Void) async throws {
            let server = try ContractServer.required()
            try await Turns.shared.take { try await server.withNamespace { try await body(server, $0) } }
        }

        /// Pods that nobody makes again, running on machines of the lab.
        private func bare(
            _ names: [String],
            _ server: ContractServer,
            _ namespace: String,
            spec: JSONValue = Made.spec(),
            finalizers: [JSONValue] = []
        ) async throws -> [JSONValue] {
            for name in names {
                var pod = Made.pod(name, spec: spec)
                if !finalizers.isEmpty { pod["metadata", "finalizers"] = .array(finalizers) }
                try await server.create(server.path(namespace, "pods"), pod)
            }
            return try await server.ready(names.count, "app", in: namespace)
        }

        private func budget(
            _ name: String,
            _ rule: JSONValue,
            _ server: ContractServer,
            _ namespace: String,
            allows: Int
        ) async throws {
            let path = server.path(namespace, "poddisruptionbudgets")
            try await server.create(path, Made.budget(name, rule))
            try await server.until("budget \(name) to be counted", path) { budgets in
                guard let budget = budgets.first(where: { $0.name == name }) else { return false }
                return budget["status", "observedGeneration"] == budget["metadata", "generation"]
                    && budget["status", "disruptionsAllowed"]?.integer == allows
            }
        }

        private func expectSpent(_ answer: ContractServer.Answer) {
            #expect(answer.status == 429, "\(answer.text)")
            #expect(answer.reason == "TooManyRequests")
            #expect(answer.json.causes == ["DisruptionBudget"])
            #expect(answer.headers.first(name: "Retry-After") == nil, "nobody knows when it will do")
        }

        @Test func `201 means admitted, not gone, and then the pod ends`() async throws {
            try await working { server, namespace in
                _ = try await bare(["a"], server, namespace)
                let answer = try await server.evict(namespace, "a")
                #expect(answer.status == 201, "\(answer.text)")
                try await server.until("no pod", server.path(namespace, "pods")) { $0.isEmpty }
                #expect(try await server.evict(namespace, "a").status == 404)
            }
        }

        static let spent: [JSONValue] = [
            ["minAvailable": 2], ["minAvailable": "100%"], ["maxUnavailable": 0], ["maxUnavailable": "0%"],
        ]

        @Test(arguments: 0..<4)
        func `a budget that allows nothing refuses, and its cause says so`(index: Int) async throws {
            try await working { server, namespace in
                let deployments = server.path(namespace, "deployments")
                try await server.create(deployments, Made.workload("app", replicas: 2))
                let pods = try await server.ready(2, "app", in: namespace)
                try await budget("app", Self.spent[index], server, namespace, allows: 0)
                let answer = try await server.evict(namespace, pods[0].name)
                expectSpent(answer)
                #expect(try await server.ready(2, "app", in: namespace).map(\.uid) == pods.map(\.uid))
            }
        }

        @Test func `a budget of one lets one go and refuses the next`() async throws {
            try await working { server, namespace in
                _ = try await bare(["a", "b", "c"], server, namespace)
                try await budget("app", ["minAvailable": 2], server, namespace, allows: 1)
                #expect(try await server.evict(namespace, "a").status == 201)
                let second = try await server.evict(namespace, "b")
                #expect(second.status == 429, "\(second.text)")
                #expect(second.json.causes == ["DisruptionBudget"])
            }
        }

        @Test func `two budgets on one pod are a 500 without a reason that does not pass`() async throws {
            try await working { server, namespace in
                _ = try await bare(["a"], server, namespace)
                for name in ["one", "two"] { try await budget(name, ["minAvailable": 0], server, namespace, allows: 1) }
                for _ in 0..<3 {
                    let answer = try await server.evict(namespace, "a")
                    #expect(answer.status == 500, "\(answer.text)")
                    #expect(answer.reason == nil || answer.reason == "")
                }
            }
        }

        static let wrong: [(String, JSONValue)] = [
            ("uid", ["preconditions": ["uid": "00000000-0000-0000-0000-000000000000"]]),
            ("resourceVersion", ["preconditions": ["resourceVersion": "1"]]),
        ]

        @Test(arguments: 0..<2)
        func `an eviction for another pod of the name is a conflict`(index: Int) async throws {
            try await working { server, namespace in
                let pod = try await bare(["a"], server, namespace)[0]
                let answer = try await server.evict(namespace, "a", Self.wrong[index].1)
                #expect(answer.status == 409, "\(answer.text)")
                #expect(answer.reason == "Conflict")
                #expect(try await server.ready(1, "app", in: namespace)[0].uid == pod.uid)
            }
        }

        @Test func `an eviction with the pod's own UID is granted`() async throws {
            try await working { server, namespace in
                let pod = try await bare(["a"], server, namespace)[0]
                let answer = try await server.evict(namespace, "a", ["preconditions": ["uid": .string(pod.uid)]])
                #expect(answer.status == 201, "\(answer.text)")
            }
        }

        @Test(arguments: [true, false])
        func `a dry run spends nothing and ends nothing`(inBody: Bool) async throws {
            try await working { server, namespace in
                let pods = try await bare(["a", "b", "c"], server, namespace)
                try await budget("app", ["minAvailable": 2], server, namespace, allows: 1)
                for pod in pods {
                    let answer = try await server.evict(
                        namespace,
                        pod.name,
                        inBody ? ["dryRun": ["All"]] : nil,
                        query: inBody ? "" : "?dryRun=All"
                    )
                    #expect(answer.status == 201, "\(answer.text)")
                }
                #expect(try await server.ready(3, "app", in: namespace).map(\.uid) == pods.map(\.uid))
            }
        }

        @Test func `a dry run against a spent budget is refused as the real one is`() async throws {
            try await working { server, namespace in
                _ = try await bare(["a", "b"], server, namespace)
                try await budget("app", ["minAvailable": 2], server, namespace, allows: 0)
                expectSpent(try await server.evict(namespace, "a", ["dryRun": ["All"]]))
            }
        }

        static let bodies: [(String, JSONValue)] = [
            ("another pod's name", ["metadata": ["name": "b"]]),
            ("another namespace", ["metadata": ["name": "a", "namespace": "kube-system"]]),
        ]

        @Test(arguments: 0..<2)
        func `a body for another pod is a bad request`(index: Int) async throws {
            try await working { server, namespace in
                _ = try await bare(["a"], server, namespace)
                var body = Self.bodies[index].1
                body["apiVersion"] = .string(server.policy)
                body["kind"] = "Eviction"
                let path = "/api/v1/namespaces/\(namespace)/pods/a/eviction"
                let answer = try await server.send("POST", path, body)
                // Before 1.22 the path's namespace was taken without a look at the body's.
                if index == 1, server.version.minor < 22 { return }
                #expect(answer.status == 400, "\(answer.text)")
            }
        }

        @Test func `a policy v1beta1 body is taken by every version`() async throws {
            try await working { server, namespace in
                _ = try await bare(["a"], server, namespace)
                let answer = try await server.send(
                    "POST",
                    "/api/v1/namespaces/\(namespace)/pods/a/eviction",
                    [
                        "apiVersion": "policy/v1beta1", "kind": "Eviction",
                        "metadata": ["name": "a", "namespace": .string(namespace)],
                    ]
                )
                #expect(answer.status == 201, "\(answer.text)")
            }
        }

        @Test func `a pod with a finalizer is admitted and stays until that is taken away`() async throws {
            try await working { server, namespace in
                _ = try await bare(["a"], server, namespace, finalizers: ["example.com/hold"])
                #expect(try await server.evict(namespace, "a").status == 201)
                let path = server.path(namespace, "pods") + "/a"
                let held = try await server.send("GET", path).json
                #expect(held.isTerminating)
                #expect(held["metadata", "finalizers"]?.array?.map { $0.string } == ["example.com/hold"])
                let patch: JSONValue = ["metadata": ["finalizers": .null]]
                _ = try await server.send("PATCH", path, patch, type: "application/merge-patch+json")
                try await server.until("no pod", server.path(namespace, "pods")) { $0.isEmpty }
            }
        }

        @Test func `an eviction of a pod on its way out is granted again`() async throws {
            try await working { server, namespace in
                _ = try await bare(["a"], server, namespace, finalizers: ["example.com/hold"])
                #expect(try await server.evict(namespace, "a").status == 201)
                let again = try await server.evict(namespace, "a")
                #expect(again.status == 201, "\(again.text)")
                let patch: JSONValue = ["metadata": ["finalizers": .null]]
                let path = server.path(namespace, "pods") + "/a"
                _ = try await server.send("PATCH", path, patch, type: "application/merge-patch+json")
            }
        }

        @Test func `a pending pod is let go past a budget that allows nothing`() async throws {
            try await working { server, namespace in
                let spec = Made.spec(["nodeSelector": ["nosuch": "node"]])
                try await server.create(server.path(namespace, "pods"), Made.pod("a", spec: spec))
                let path = server.path(namespace, "poddisruptionbudgets")
                try await server.create(path, Made.budget("app", ["minAvailable": 1]))
                try await server.until("the count", path) { $0.first?["status", "expectedPods"]?.integer == 1 }
                #expect(try await server.evict(namespace, "a").status == 201)
            }
        }

        @Test func `grace 0 deletes at once`() async throws {
            try await working { server, namespace in
                _ = try await bare(["a"], server, namespace)
                #expect(try await server.evict(namespace, "a", ["gracePeriodSeconds": 0]).status == 201)
                #expect(try await server.send("GET", server.path(namespace, "pods") + "/a").status == 404)
            }
        }

        @Test func `a plain DELETE ignores every budget`() async throws {
            try await working { server, namespace in
                _ = try await bare(["a", "b"], server, namespace)
                try await budget("app", ["minAvailable": 2], server, namespace, allows: 0)
                #expect(try await server.send("DELETE", server.path(namespace, "pods") + "/a").status == 200)
                try await server.until("one pod less", server.path(namespace, "pods")) { $0.count == 1 }
            }
        }

        @Test func `a DELETE for another UID is a conflict`() async throws {
            try await working { server, namespace in
                let pod = try await bare(["a"], server, namespace)[0]
                func delete(_ uid: String) async throws -> Int {
                    let options: JSONValue = [
                        "apiVersion": "v1", "kind": "DeleteOptions", "preconditions": ["uid": .string(uid)],
                    ]
                    return try await server.send("DELETE", server.path(namespace, "pods") + "/a", options).status
                }
                #expect(try await delete("00000000-0000-0000-0000-000000000000") == 409)
                #expect(try await delete(pod.uid) == 200)
            }
        }

        @Test func `a relaxed budget lets go what a tight one held`() async throws {
            try await working { server, namespace in
                _ = try await bare(["a", "b"], server, namespace)
                try await budget("app", ["minAvailable": 2], server, namespace, allows: 0)
                expectSpent(try await server.evict(namespace, "a"))
                let path = server.path(namespace, "poddisruptionbudgets")
                let patch: JSONValue = ["spec": ["minAvailable": 1]]
                let type = "application/merge-patch+json"
                #expect(try await server.send("PATCH", path + "/app", patch, type: type).status == 200)
                try await server.until("one allowed", path) {
                    $0.first?["status", "disruptionsAllowed"]?.integer == 1
                        && $0.first?["status", "observedGeneration"] == $0.first?["metadata", "generation"]
                }
                #expect(try await server.evict(namespace, "a").status == 201)
            }
        }

        @Test func `in a namespace on its way out the eviction is refused for that`() async throws {
            try await working { server, namespace in
                _ = try await bare(["a"], server, namespace, finalizers: ["example.com/hold"])
                _ = try await server.send("DELETE", "/api/v1/namespaces/\(namespace)")
                try await server.until(
                    "the end of the namespace",
                    "/api/v1/namespaces?fieldSelector=metadata.name%3D\(namespace)"
                ) { $0.first?["status", "phase"] == "Terminating" }
                let answer = try await server.evict(namespace, "a")
                #expect(answer.status == 403, "\(answer.text)")
                #expect(answer.json.causes == ["NamespaceTerminating"])
                let patch: JSONValue = ["metadata": ["finalizers": .null]]
                let path = server.path(namespace, "pods") + "/a"
                _ = try await server.send("PATCH", path, patch, type: "application/merge-patch+json")
            }
        }
    }
}
