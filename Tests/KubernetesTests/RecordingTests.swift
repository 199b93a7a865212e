import ClusterModel
import Foundation
import NIOHTTP1
import Ports
import Testing

@testable import Kubernetes

/// Every recorded answer of a real API server, given to the client in the place where such an answer can come: what the
/// client makes of it is written in `Recordings/outcomes.txt`.
///
/// `EVENKEEL_RECORD=1` writes that file anew, for a person to read.
struct RecordingTests {
    private static let file = testFolder.appendingPathComponent("Recordings/outcomes.txt")

    private static let outcomes: [String: String] = {
        let lines = ((try? String(contentsOf: file, encoding: .utf8)) ?? "").split(separator: "\n")
        return lines.reduce(into: [:]) { outcomes, line in
            guard let colon = line.firstRange(of: ": ") else { return }
            outcomes[String(line[..<colon.lowerBound])] = String(line[colon.upperBound...])
        }
    }()

    @Test func `there is an outcome for each recording, and none beside`() {
        #expect(Exchange.all.count > 220)
        #expect(Set(Self.outcomes.keys) == Set(Exchange.all.map(\.name)))
    }

    @Test(arguments: Exchange.all)
    func `an answer has its typed outcome`(exchange: Exchange) async throws {
        let outcome = try await Self.outcome(of: exchange)
        #expect(outcome == Self.outcomes[exchange.name])
    }

    @Test(.enabled(if: ProcessInfo.processInfo.environment["EVENKEEL_RECORD"] != nil))
    func `the outcomes are written down`() async throws {
        var text = ""
        for exchange in Exchange.all { text += "\(exchange.name): \(try await Self.outcome(of: exchange))\n" }
        try text.write(to: Self.file, atomically: true, encoding: .utf8)
        Issue.record("recorded: read the difference")
    }

    // MARK: Where an answer goes

    private static func outcome(of exchange: Exchange) async throws -> String {
        do {
            return try await replay(exchange)
        } catch let error as ControlError {
            return words(error)
        }
    }

    private static func replay(_ exchange: Exchange) async throws -> String {
        switch (exchange.method, exchange.place) {
        case ("POST", let path) where path.hasSuffix("/eviction"): return try await evict(exchange)
        case ("DELETE", _) where exchange.pod != nil: return try await delete(exchange)
        case ("PATCH", let path) where path.hasPrefix("/api/v1/nodes/"): return try await cordon(exchange)
        case ("POST", let path) where path.hasSuffix("/leases"): return try await lease(exchange, isNew: true)
        case ("PUT", let path) where path.contains("/leases/"): return try await lease(exchange, isNew: false)
        case ("GET", let path) where exchange.watch == "true": return try await watch(exchange, path)
        case ("GET", let path) where path.hasPrefix("/api/v1/nodes/"): return try await node(exchange)
        case ("GET", let path) where WatchedKind.known.contains { $0.path == path }:
            return try await list(exchange, path)
        case ("GET", "/version"): return try await version(exchange)
        default: return try await anything(exchange)
        }
    }

    private static func evict(_ exchange: Exchange) async throws -> String {
        guard let pod = exchange.pod else { return "no pod" }
        let key = "POST /api/v1/namespaces/\(pod.namespace)/pods/\(pod.name)/eviction"
        return try await StubAPI.withClient([key: [exchange.answer]]) { client, _ in
            words(try await client.evict(pod: PodID(namespace: pod.namespace, name: pod.name), uid: "u"))
        }
    }

    private static func delete(_ exchange: Exchange) async throws -> String {
        guard let pod = exchange.pod else { return "no pod" }
        let key = "DELETE /api/v1/namespaces/\(pod.namespace)/pods/\(pod.name)"
        return try await StubAPI.withClient([key: [exchange.answer]]) { client, _ in
            words(try await client.delete(pod: PodID(namespace: pod.namespace, name: pod.name), uid: "u"))
        }
    }

    private static func cordon(_ exchange: Exchange) async throws -> String {
        let path = "/api/v1/nodes/\(exchange.last)"
        let node = "{\"metadata\":{\"name\":\"\(exchange.last)\",\"resourceVersion\":\"7\"},\"spec\":{}}"
        let script = ["GET \(path)": [StubAnswer.json(node)], "PATCH \(path)": [exchange.answer]]
        return try await StubAPI.withClient(script) { client, _ in
            "\(try await client.cordon(node: exchange.last, owner: "run-1"))"
        }
    }

    private static func lease(_ exchange: Exchange, isNew: Bool) async throws -> String {
        let path = "/apis/coordination.k8s.io/v1/namespaces/kube-system/leases"
        let seen = "{\"metadata\":{\"name\":\"evenkeel\",\"resourceVersion\":\"5\"},\"spec\":{\"holderIdentity\":\"\"}}"
        var script = [(isNew ? "POST \(path)" : "PUT \(path)/evenkeel"): [exchange.answer]]
        if !isNew { script["GET \(path)/evenkeel"] = [.json(seen)] }
        return try await StubAPI.withClient(script) { client, _ in
            "\(try await client.acquireLease(holder: "run-1", duration: .seconds(30)))"
        }
    }

    private static func node(_ exchange: Exchange) async throws -> String {
        try await StubAPI.withClient(["GET \(exchange.place)": [exchange.answer]]) { client, _ in
            guard let node = try await client.readNode(exchange.last) else { return "no such node" }
            let taints = node.taints.map { "\($0.key):\($0.effect.rawValue)" }.joined(separator: ",")
            return "node \(node.name), \(node.ready ? "ready" : "not ready"), "
                + "\(node.unschedulable ? "cordoned" : "open"), taints [\(taints)]"
        }
    }

    /// Later pages, and the same page asked for again, are empty.
    private static func list(_ exchange: Exchange, _ path: String) async throws -> String {
        let kind = WatchedKind.known.first { $0.path == path }?.type.kind ?? ""
        let script = ["GET \(path)": [exchange.answer, StubAnswer.list(kind)]]
        return try await StubAPI.withClient(script) { client, api in
            let cluster = try await client.snapshot()
            let pods = cluster.pods
            let counts = [
                ("nodes", cluster.nodes.count), ("pods", pods.count), ("budgets", cluster.budgets.count),
                ("workloads", cluster.workloads.count), ("volumes", cluster.volumes.count),
            ]
            let found = counts.filter { $0.1 > 0 }.map { "\($0.1) \($0.0)" }
            let asked = api.requests("GET \(path)").count
            let again = asked > 1 ? ", asked \(asked) times" : ""
            return (found.isEmpty ? "nothing" : found.joined(separator: ", ")) + again
        }
    }

    private static func watch(_ exchange: Exchange, _ path: String) async throws -> String {
        var stream = exchange.answer
        stream.ends = (exchange.body ?? "").contains("\"ERROR\"")
        let script = ["WATCH \(path)": [stream, .openWatch]]
        let lines = (exchange.body ?? "").split(separator: "\n").count
        return try await StubAPI.withClient(script) { client, api in
            var changes: [String: Int] = [:]
            var expected = lines
            for try await observation in client.observe() {
                switch observation {
                case .change(let change): changes[Self.kind(of: change), default: 0] += 1
                case .snapshot: changes["snapshot", default: 0] += 1
                case .interrupted: changes["interrupted", default: 0] += 1
                }
                let marks = (exchange.body ?? "").split(separator: "\n").count { $0.contains("\"BOOKMARK\"") }
                expected = stream.ends ? 2 : lines - marks + 1
                if changes.values.reduce(0, +) >= expected { break }
            }
            return changes.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }.joined(separator: ", ")
        }
    }

    private static func kind(of change: ClusterChange) -> String {
        switch change {
        case .node: "node"
        case .pod: "pod"
        case .podGone: "pod gone"
        case .budget: "budget"
        default: "other"
        }
    }

    private static func version(_ exchange: Exchange) async throws -> String {
        try await StubAPI.serve(try StubAPI.greeting().merging(["GET /version": [exchange.answer]]) { $1 }) { api in
            let client = try await KubernetesClient.connect(
                api.kubeconfig,
                userAgent: "t",
                time: TestTime(),
                jitter: { 1 }
            )
            let version = try await KubernetesClient.serverVersion(client.requester)
            try await client.shutdown()
            return "version \(version.map { "\($0)" } ?? "unknown")"
        }
    }

    /// What the client never asks for by itself: it can tell whether that went well, and whether to ask again.
    private static func anything(_ exchange: Exchange) async throws -> String {
        let key = "\(exchange.method) \(exchange.place)"
        return try await StubAPI.withClient([key: [exchange.answer]]) { client, _ in
            let request = APITransport.Request(
                method: HTTPMethod(rawValue: exchange.method),
                path: exchange.place,
                purpose: "ask"
            )
            let answer = try await client.transport.exchange(request)
            if answer.isSuccess { return "done" }
            let status = APIStatus(answer)
            let setback = status.setback(request, at: "server")
            let wait = setback.retryAfter.map { ", after \($0)" } ?? ""
            return "\(words(setback.error))\(setback.mayPass ? ", may pass" : "")\(wait)"
        }
    }

    // MARK: In words

    private static func words(_ outcome: EvictionOutcome) -> String {
        switch outcome {
        case .admitted: "admitted"
        case .gone: "gone"
        case .budgetSpent(let message): "budget spent: \(message)"
        case .budgetNotCounted(let pause): "budget not counted, again after \(pause)"
        case .overloaded(let pause): "server overloaded, again after \(pause)"
        case .impossible: "impossible for ever"
        case .namespaceTerminating: "its namespace is ending"
        }
    }

    private static func words(_ error: ControlError) -> String {
        func code(_ text: String) -> String {
            text.split { !$0.isNumber }.first { $0.count == 3 && $0 != "127" }.map(String.init) ?? "-"
        }
        return switch error {
        case .unreachable(let text): "unreachable (\(code(text)))"
        case .refused(let text): "refused (\(code(text)))"
        case .unexpected(let text): "unexpected (\(code(text)))"
        }
    }
}

extension WatchedKind {
    fileprivate static let known = all(policyVersion: "policy/v1")
}
