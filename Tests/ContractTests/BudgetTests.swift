import Practice
import Testing

extension Contract {
    /// How the controller counts a budget.
    struct BudgetTests {
        struct Case: Sendable, CustomTestStringConvertible {
            var replicas: Int
            var rule: String
            var value: JSONValue
            var desired: Int
            var allowed: Int

            var testDescription: String { "\(rule) \(value.string ?? "\(value.integer ?? -1)") of \(replicas)" }
        }

        private static func min(_ value: JSONValue, of replicas: Int, _ desired: Int) -> Case {
            Case(
                replicas: replicas,
                rule: "minAvailable",
                value: value,
                desired: desired,
                allowed: Swift.max(0, replicas - desired)
            )
        }

        private static func max(_ value: JSONValue, of replicas: Int, _ desired: Int) -> Case {
            Case(
                replicas: replicas,
                rule: "maxUnavailable",
                value: value,
                desired: desired,
                allowed: replicas - desired
            )
        }

        static let cases = [
            min(0, of: 2, 0), min(1, of: 1, 1), min(1, of: 2, 1), min(2, of: 3, 2), min(5, of: 3, 5),
            min("0%", of: 2, 0), min("1%", of: 3, 1), min("34%", of: 3, 2), min("50%", of: 3, 2), min("50%", of: 4, 2),
            min("67%", of: 3, 3), min("100%", of: 2, 2), max(0, of: 2, 2), max(1, of: 1, 0), max(1, of: 3, 2),
            max(9, of: 3, 0), max("0%", of: 2, 2), max("1%", of: 3, 2), max("33%", of: 3, 2), max("34%", of: 3, 1),
            max("50%", of: 3, 1), max("50%", of: 4, 2), max("100%", of: 2, 0),
        ]

        @Test(arguments: cases)
        func `a budget is counted by its rule`(budget: Case) async throws {
            let server = try ContractServer.required()
            try await Turns.shared.take {
                try await server.withNamespace { namespace in
                    let path = server.path(namespace, "poddisruptionbudgets")
                    try await server.create(
                        path,
                        Made.budget("app", .object(JSONObject([(budget.rule, budget.value)])))
                    )
                    let workload = Made.workload("app", replicas: budget.replicas)
                    try await server.create(server.path(namespace, "deployments"), workload)
                    let counted = try await server.until("\(budget.replicas) healthy pods", path) { budgets in
                        budgets.first?["status", "currentHealthy"]?.integer == budget.replicas
                            && budgets.first?["status", "expectedPods"]?.integer == budget.replicas
                    }
                    let status = try #require(counted.first?["status"])
                    #expect(status["desiredHealthy"]?.integer == budget.desired)
                    #expect(status["disruptionsAllowed"]?.integer == budget.allowed)
                    #expect(status["observedGeneration"] == counted.first?["metadata", "generation"])
                }
            }
        }

        @Test(arguments: ["statefulsets", "replicasets", "replicationcontrollers"])
        func `percentages go by what the controller of the pods wants to have`(plural: String) async throws {
            let server = try ContractServer.required()
            try await Turns.shared.take {
                try await server.withNamespace { namespace in
                    var workload = Made.workload("app", replicas: 3)
                    if plural == "replicationcontrollers" { workload["spec", "selector"] = ["app": "app"] }
                    if plural == "statefulsets" { workload["spec", "serviceName"] = "app" }
                    try await server.create(server.path(namespace, plural), workload)
                    let path = server.path(namespace, "poddisruptionbudgets")
                    try await server.create(path, Made.budget("app", ["maxUnavailable": "50%"]))
                    try await server.until("the count", path) {
                        $0.first?["status", "currentHealthy"]?.integer == 3
                            && $0.first?["status", "desiredHealthy"]?.integer == 1
                            && $0.first?["status", "disruptionsAllowed"]?.integer == 2
                    }
                }
            }
        }

        @Test func `a pod that is not ready is not healthy, and comes back into the count`() async throws {
            let server = try ContractServer.required()
            try await Turns.shared.take {
                try await server.withNamespace { namespace in
                    try await server.create(server.path(namespace, "deployments"), Made.workload("app", replicas: 3))
                    let pods = try await server.ready(3, "app", in: namespace)
                    let path = server.path(namespace, "poddisruptionbudgets")
                    try await server.create(path, Made.budget("app", ["maxUnavailable": 1]))
                    try await server.until("one allowed", path) {
                        $0.first?["status", "disruptionsAllowed"]?.integer == 1
                    }
                    #expect(try await server.evict(namespace, pods[0].name).status == 201)
                    try await server.until("the replacement", path) {
                        $0.first?["status", "disruptionsAllowed"]?.integer == 1
                            && $0.first?["status", "currentHealthy"]?.integer == 3
                            && ($0.first?["status", "disruptedPods"]?.object?.isEmpty ?? true)
                    }
                }
            }
        }

        @Test func `a budget without pods allows nothing`() async throws {
            let server = try ContractServer.required()
            try await Turns.shared.take {
                try await server.withNamespace { namespace in
                    let path = server.path(namespace, "poddisruptionbudgets")
                    try await server.create(path, Made.budget("app", ["maxUnavailable": 1]))
                    let counted = try await server.until("the count", path) {
                        $0.first?["status", "observedGeneration"]?.integer == 1
                    }
                    #expect(counted.first?["status", "expectedPods"]?.integer == 0)
                    #expect(counted.first?["status", "disruptionsAllowed"]?.integer == 0)
                }
            }
        }
    }
}
