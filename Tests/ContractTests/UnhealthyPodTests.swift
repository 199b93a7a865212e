import ClusterModel
import Practice
import Testing

extension Contract {
    /// Whether pods that are not ready may leave (`unhealthyPodEvictionPolicy`, Kubernetes 1.27 and later; the default since
    /// then says the same as none).
    struct UnhealthyPodTests {
        private static let since = Version(major: 1, minor: 27)

        struct Case: Sendable, CustomTestStringConvertible {
            var policy: String?
            /// How many of the three pods are ready.
            var ready: Int
            var minimum: Int
            /// What the eviction of one that is not ready meets.
            var status: Int

            var testDescription: String { "\(policy ?? "no policy"): \(ready) ready of 3, \(minimum) must be" }
        }

        static let cases = [
            Case(policy: nil, ready: 2, minimum: 2, status: 201), Case(policy: nil, ready: 1, minimum: 2, status: 429),
            Case(policy: "IfHealthyBudget", ready: 2, minimum: 2, status: 201),
            Case(policy: "IfHealthyBudget", ready: 1, minimum: 2, status: 429),
            Case(policy: "AlwaysAllow", ready: 2, minimum: 2, status: 201),
            Case(policy: "AlwaysAllow", ready: 1, minimum: 2, status: 201),
        ]

        @Test(arguments: cases)
        func `a pod that is not ready leaves as the budget's policy says`(budget: Case) async throws {
            let server = try ContractServer.required()
            // Older servers drop the field without a word, and hold such pods by the plain count.
            guard server.version >= Self.since else { return }
            try await Turns.shared.take {
                try await server.withNamespace { namespace in
                    let sick = try await pods(budget, server, namespace)
                    var rule: JSONValue = ["minAvailable": JSONValue(budget.minimum)]
                    if let policy = budget.policy { rule["unhealthyPodEvictionPolicy"] = .string(policy) }
                    let path = server.path(namespace, "poddisruptionbudgets")
                    try await server.create(path, Made.budget("app", rule))
                    try await server.until("the budget to be counted", path) { budgets in
                        budgets.first?["status", "currentHealthy"]?.integer == budget.ready
                            && budgets.first?["status", "disruptionsAllowed"]?.integer == 0
                    }
                    let answer = try await server.evict(namespace, sick)
                    #expect(answer.status == budget.status, "\(answer.text)")
                    if budget.status == 429 { #expect(answer.json.causes == ["DisruptionBudget"]) }
                }
            }
        }

        /// Three pods, and the name of one that never becomes ready.
        private func pods(_ budget: Case, _ server: ContractServer, _ namespace: String) async throws -> String {
            let path = server.path(namespace, "pods")
            for number in 0..<3 {
                var pod = Made.pod("p\(number)", spec: Made.spec())
                if number >= budget.ready {
                    pod["metadata", "annotations"] = [PracticeAnnotation.readySeconds: "never"]
                }
                try await server.create(path, pod)
            }
            try await server.until("three running pods", path) { pods in
                pods.count { $0["status", "phase"] == "Running" } == 3 && pods.count(where: \.isReady) == budget.ready
            }
            return "p2"
        }
    }
}
