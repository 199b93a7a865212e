import Foundation
import Testing

extension Conformance {
    /// A node with 100 pods under 20 budgets, drained by `evenkeel drain` and by `kubectl drain` on the same cluster.
    @Suite(.wholeLab, .enabled(if: Peer.isWanted, "set EVENKEEL_SOAK, and install kubectl"))
    struct DrainComparisonTests {
        /// Takes only pods that tolerate its taint, so that few others are in the way.
        private static let node = "node-8"
        private static let apps = 20
        private static let replicas = 5

        @Test func `it takes no longer than kubectl, and asks the API server less`() async throws {
            let lab = try Lab.required()
            let ours = try await drain(on: lab, .token, "random-ours") { scratch in
                let options = ["--kubeconfig", lab.kubeconfig("admin-token"), "--state", scratch.path("state")]
                return try await Evenkeel().run(["drain", Self.node] + options)
            }
            let theirs = try await drain(on: lab, .peer, "random-theirs") { scratch in
                let options = ["--kubeconfig", lab.kubeconfig("peer"), "--ignore-daemonsets", "--delete-emptydir-data"]
                return try await Command(
                    "kubectl",
                    ["drain", Self.node] + options,
                    environment: ["HOME": scratch.folder.path]
                ).run()
            }
            print(
                "evenkeel: \(ours.time), \(ours.requests) requests; kubectl: \(theirs.time), \(theirs.requests) requests"
            )
            #expect(ours.time <= theirs.time)
            #expect(ours.requests < theirs.requests)
        }

        /// Fills the node, drains it, and empties the cluster of it all again.
        private func drain(
            on lab: Lab,
            _ user: AuditLog.User,
            _ namespace: String,
            _ command: (Scratch) async throws -> Command.Result
        ) async throws -> (time: Duration, requests: Int) {
            try await lab.mend()
            for node in lab.nodes where node != Self.node { try await lab.setUnschedulable(true, node) }
            try await create(namespace, on: lab)
            for node in lab.nodes where node != Self.node { try await lab.setUnschedulable(false, node) }
            let audit = AuditLog(lab)
            let start = ContinuousClock.now
            let result = try await Scratch.with { try await command($0) }
            let time = start.duration(to: .now)
            #expect(result.status == 0, "\(result.errors)")
            let left = try await lab.podsThatMove(on: Self.node)
            #expect(left.isEmpty)
            let requests = try audit.requests(of: user)
            try await lab.setUnschedulable(false, Self.node)
            try await lab.remove("/api/v1/namespaces/\(namespace)")
            return (time, requests.count)
        }

        private func create(_ namespace: String, on lab: Lab) async throws {
            try await lab.create("/api/v1/namespaces", #"{"metadata":{"name":"\#(namespace)"}}"#)
            for app in 0..<Self.apps {
                let labels = "{\"app\":\"app\(app)\"}"
                let workload = """
                    {"metadata":{"name":"app\(app)"},"spec":{"replicas":\(Self.replicas),\
                    "selector":{"matchLabels":\(labels)},"template":{"metadata":{"labels":\(labels)},\
                    "spec":{"terminationGracePeriodSeconds":1,"automountServiceAccountToken":false,\
                    "tolerations":[{"key":"pool","operator":"Exists"}],"containers":[{"name":"main",\
                    "image":"lab.invalid/app:1","resources":{"requests":{"cpu":"1m","memory":"1Mi"}}}]}}}}
                    """
                let budget = """
                    {"metadata":{"name":"app\(app)"},\
                    "spec":{"maxUnavailable":1,"selector":{"matchLabels":\(labels)}}}
                    """
                try await lab.create("/apis/apps/v1/namespaces/\(namespace)/deployments", workload)
                try await lab.create("/apis/policy/v1beta1/namespaces/\(namespace)/poddisruptionbudgets", budget)
            }
            try await lab.until("the node is full") { lab in
                let path = "/apis/policy/v1beta1/namespaces/\(namespace)/poddisruptionbudgets"
                let whole = try await lab.request("GET", path).objects("items").count { budget in
                    budget.object("status").integer("currentHealthy") == Self.replicas
                }
                return whole == Self.apps ? [] : ["\(whole) of \(Self.apps) budgets are whole"]
            }
        }
    }
}

private enum Peer {
    static var isWanted: Bool {
        let soaks = Int(ProcessInfo.processInfo.environment["EVENKEEL_SOAK"] ?? "") ?? 0
        let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
        return soaks > 0
            && path.split(separator: ":").contains { FileManager.default.isExecutableFile(atPath: "\($0)/kubectl") }
    }
}
