import ClusterModel
import Foundation
import Practice
import Testing

@testable import Kubernetes

/// Everything that Evenkeel relies on in a Kubernetes API, held against two servers by the same tests: the practice
/// cluster, and in `make conformance` a real control plane. Where they differ, the practice cluster is wrong.
@Suite(.served, .timeLimit(.minutes(10))) enum Contract {}

/// Serves while the suite runs.
struct ServedSuite: SuiteTrait, TestScoping {
    @concurrent func provideScope(
        for test: Test,
        testCase: Test.Case?,
        performing function: @concurrent @Sendable () async throws -> Void
    ) async throws {
        if let lab = ProcessInfo.processInfo.environment["EVENKEEL_LAB"] {
            let config = try Kubeconfig.load(path: "\(lab)/kubeconfig-admin-token")
            let powerless = try Kubeconfig.load(path: "\(lab)/kubeconfig-powerless")
            try await ContractServer.with(config, powerless: powerless, isReal: true) { server in
                try await ContractServer.$current.withValue(server) { try await function() }
            }
            return
        }
        let practice = PracticeServer(cluster: .contract(), token: "secret")
        try await withThrowingTaskGroup(of: Void.self) { group in
            defer { group.cancelAll() }
            group.addTask { try await practice.run() }
            let address = try await practice.address
            let config = Kubeconfig(practice: "\(address)", token: "secret")
            let powerless = Kubeconfig(practice: "\(address)", token: PracticeOptions.powerlessToken)
            try await ContractServer.with(config, powerless: powerless, isReal: false) { server in
                try await ContractServer.$current.withValue(server) { try await function() }
            }
        }
    }
}

extension Trait where Self == ServedSuite {
    static var served: Self { ServedSuite() }
}

extension Kubeconfig {
    fileprivate init(practice server: String, token: String) {
        self.init(context: "practice", server: server, skipsVerification: false, token: token)
    }
}

extension PracticeCluster {
    /// The machines of the real control plane's lab, in practice.
    fileprivate static func contract() -> PracticeCluster {
        var options = PracticeOptions()
        options.controllerDelay = .milliseconds(5) ... .milliseconds(20)
        options.budgetDelay = .milliseconds(2) ... .milliseconds(8)
        options.startDelay = .milliseconds(10) ... .milliseconds(30)
        options.readyDelay = .milliseconds(10) ... .milliseconds(30)
        options.stopDelay = .milliseconds(20) ... .milliseconds(60)
        options.taintDelay = .milliseconds(20) ... .milliseconds(60)
        let now = Instant(milliseconds: Int64(Date().timeIntervalSince1970 * 1000))
        var cluster = PracticeCluster(seed: 20, startingAt: now, options: options)
        for number in 1...8 {
            let isMaster = number == 1
            var labels = isMaster ? ["node-role.kubernetes.io/control-plane": ""] : [:]
            if number % 4 == 0 { labels["pool"] = "special" }
            let taint: [JSONValue] =
                isMaster
                ? [["key": "node-role.kubernetes.io/master", "effect": "NoSchedule"]]
                : number % 4 == 0 ? [["key": "pool", "value": "special", "effect": "NoSchedule"]] : []
            cluster.create(
                .node(
                    name: "node-\(number)",
                    zone: ["a", "b", "c"][(number - 1) % 3],
                    labels: labels,
                    taints: taint,
                    version: "v1.36.2"
                )
            )
        }
        cluster.settle()
        return cluster
    }
}

/// Lets so many cases work at once that none waits in vain for a busy machine.
actor Turns {
    static let shared = Turns()

    private var free = 6
    private var waiting: [CheckedContinuation<Void, Never>] = []

    nonisolated func take<Value: Sendable>(_ body: () async throws -> Value) async throws -> Value {
        await begin()
        do {
            let value = try await body()
            await end()
            return value
        } catch {
            await end()
            throw error
        }
    }

    private func begin() async {
        if free > 0 {
            free -= 1
        } else {
            await withCheckedContinuation { waiting.append($0) }
        }
    }

    private func end() {
        if waiting.isEmpty { free += 1 } else { waiting.removeFirst().resume() }
    }
}
