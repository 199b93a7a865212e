import Practice
import Testing

extension Contract {
    /// Pods of Jobs, and of other owners that a budget can count and cannot.
    struct JobTests {
        private func working(_ body: (ContractServer, String) async throws -> Void) async throws {
            let server = try ContractServer.required()
            try await Turns.shared.take { try await server.withNamespace { try await body(server, $0) } }
        }

        private func job(_ pods: Int, _ server: ContractServer, _ namespace: String) async throws -> [JSONValue] {
            let spec = Made.spec(["restartPolicy": "Never"])
            let job: JSONValue = [
                "metadata": ["name": "app"],
                "spec": [
                    "parallelism": JSONValue(pods), "completions": JSONValue(pods),
                    "template": Made.template("app", spec),
                ],
            ]
            try await server.create(server.path(namespace, "jobs"), job)
            return try await server.ready(pods, "app", in: namespace)
        }

        private func budget(
            _ rule: JSONValue,
            _ server: ContractServer,
            _ namespace: String,
            _ isCounted: (JSONValue) -> Bool
        ) async throws {
            let path = server.path(namespace, "poddisruptionbudgets")
            try await server.create(path, Made.budget("app", rule))
            try await server.until("the budget to be counted", path) { budgets in
                budgets.first.map {
                    $0["status", "observedGeneration"] == $0["metadata", "generation"] && isCounted($0)
                }
                    ?? false
            }
        }

        @Test(arguments: [(minimum: 1, status: 201), (minimum: 2, status: 429)])
        func `a minimum counts a Job's pods, as it needs no workload to compare with`(
            minimum: Int,
            status: Int
        ) async throws {
            try await working { server, namespace in
                let pods = try await job(2, server, namespace)
                try await budget(["minAvailable": JSONValue(minimum)], server, namespace) {
                    $0["status", "currentHealthy"]?.integer == 2
                        && $0["status", "disruptionsAllowed"]?.integer == 2 - minimum
                }
                let answer = try await server.evict(namespace, pods[0].name)
                #expect(answer.status == status, "\(answer.text)")
            }
        }

        @Test(arguments: ["maxUnavailable", "minAvailable"])
        func `a budget that must compare allows nothing for a Job's pods, which have no scale`(
            rule: String
        ) async throws {
            try await working { server, namespace in
                let pods = try await job(2, server, namespace)
                let value: JSONValue = rule == "maxUnavailable" ? 1 : "50%"
                // The controller never comes to count it.
                let path = server.path(namespace, "poddisruptionbudgets")
                try await server.create(path, Made.budget("app", .object(JSONObject([(rule, value)]))))
                let answer = try await server.evict(namespace, pods[0].name)
                #expect(answer.status == 429, "\(answer.text)")
                #expect(try await server.ready(2, "app", in: namespace).count == 2)
            }
        }

        @Test func `a Job's pod that has done its work leaves without a budget's word`() async throws {
            try await working { server, namespace in
                let pods = try await job(1, server, namespace)
                try await budget(["minAvailable": 1], server, namespace) {
                    $0["status", "disruptionsAllowed"]?.integer == 0 && $0["status", "currentHealthy"]?.integer == 1
                }
                let path = server.path(namespace, "pods") + "/\(pods[0].name)/status"
                let done = try await server.send(
                    "PATCH",
                    path,
                    ["status": ["phase": "Succeeded"]],
                    type: "application/merge-patch+json"
                )
                #expect(done.status == 200, "\(done.text)")
                #expect(try await server.evict(namespace, pods[0].name).status == 201)
            }
        }
    }
}
