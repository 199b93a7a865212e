import ClusterModel
import Foundation
import NIOHTTP1
import Ports
import Testing

@testable import Kubernetes

/// Ways to the server and to a token beyond the plain ones.
struct CredentialTests {
    private static func plugin(_ script: String, _ environment: [String: String] = [:]) -> CredentialPlugin {
        CredentialPlugin(
            command: "/bin/sh",
            arguments: ["-c", script],
            environment: environment,
            apiVersion: "client.authentication.k8s.io/v1",
            source: "config"
        )
    }

    private static func credential(_ token: String, expires: String? = nil) -> String {
        let end = expires.map { ",\"expirationTimestamp\":\"\($0)\"" } ?? ""
        return "printf '{\"kind\":\"ExecCredential\",\"status\":{\"token\":\"\(token)\"\(end)}}'"
    }

    /// The tokens that the server saw.
    private func tokens(
        _ plugin: CredentialPlugin,
        requests: Int,
        answers: [StubAnswer] = [StubAnswer.json("{\"metadata\":{\"name\":\"n1\"}}")]
    ) async throws -> [String?] {
        let script = try StubAPI.greeting().merging(["GET /api/v1/nodes/n1": answers]) { $1 }
        return try await StubAPI.serve(script) { api in
            var config = api.kubeconfig
            config.token = nil
            config.plugin = plugin
            let client = try await KubernetesClient.connect(config, userAgent: "t", time: TestTime(), jitter: { 1 })
            for _ in 0..<requests { _ = try? await client.readNode("n1") }
            try await client.shutdown()
            return api.requests("GET /api/v1/nodes/n1").map { $0.headers.first(name: "Authorization") }
        }
    }

    @Test func `a plugin's token is asked for once while it lasts`() async throws {
        try await ScratchFolder.use { folder in
            let log = folder.path("log")
            let answer = #"printf '{"status":{"token":"t-%s","expirationTimestamp":"2099-01-01T00:00:00Z"}}' "$NAME""#
            let plugin = Self.plugin("echo run >> \(log); " + answer, ["NAME": "x"])
            let seen = try await tokens(plugin, requests: 3)
            #expect(seen == Array(repeating: "Bearer t-x", count: 3))
            #expect(try String(contentsOfFile: log, encoding: .utf8) == "run\n")
        }
    }

    @Test func `a token that is over, or refused, is asked for again`() async throws {
        try await ScratchFolder.use { folder in
            let log = folder.path("log")
            let old = "echo run >> \(log); " + Self.credential("t", expires: "2001-01-01T00:00:00Z")
            _ = try await tokens(Self.plugin(old), requests: 2)
            #expect(try String(contentsOfFile: log, encoding: .utf8).count > 8)
            let other = folder.path("other")
            let good = "echo run >> \(other); " + Self.credential("t")
            let answers = [try StubAnswer.recorded("auth-bad-token-401"), .json("{\"metadata\":{\"name\":\"n1\"}}")]
            let seen = try await tokens(Self.plugin(good), requests: 2, answers: answers)
            #expect(seen == ["Bearer t", "Bearer t"])
            #expect(try String(contentsOfFile: other, encoding: .utf8) == "run\nrun\n")
        }
    }

    @Test(arguments: [
        ("exit 3", "code 3"), ("echo nonsense", "ExecCredential"), ("printf '{\"status\":{}}'", "no token"),
    ])
    func `a plugin that gives no token is named with what it did`(script: String, clue: String) async throws {
        try await StubAPI.serve(try StubAPI.greeting()) { api in
            var config = api.kubeconfig
            config.plugin = Self.plugin(script)
            let error = await #expect(throws: ControlError.self) {
                try await KubernetesClient.connect(config, userAgent: "t", time: TestTime(), jitter: { 1 })
            }
            guard case .refused(let text) = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(text.contains("/bin/sh") && text.contains(clue), "\(text)")
        }
    }

    @Test func `a request goes through the proxy of the kubeconfig`() async throws {
        // A plain proxy is asked for the whole URL; the stub answers as if it were the server.
        try await StubAPI.serve(try StubAPI.greeting()) { api in
            var config = Kubeconfig(context: "c", server: "http://api.invalid:6443", skipsVerification: false)
            config.proxy = "http://127.0.0.1:\(api.port)"
            _ = try? await KubernetesClient.connect(config, userAgent: "t", time: TestTime(), jitter: { 1 })
            #expect(api.requests.contains { $0.path.contains("api.invalid:6443") })
        }
    }

    @Test func `in a pod the service account is enough`() async throws {
        try await ScratchFolder.use { folder in
            _ = try folder.write("ca.crt", "CA")
            let environment = ["KUBERNETES_SERVICE_HOST": "fd00::1", "KUBERNETES_SERVICE_PORT": "443"]
            let place = URL(fileURLWithPath: folder.path("ca.crt")).deletingLastPathComponent().path
            let config = try #require(try Kubeconfig.inCluster(environment: environment, folder: place))
            #expect(config.server == "https://[fd00::1]:443")
            #expect(config.authority?.pem == "CA")
            #expect(config.tokenFile == place + "/token")
            #expect(try Kubeconfig.inCluster(environment: [:], folder: place) == nil)
            #expect(throws: KubeconfigError.self) {
                try Kubeconfig.inCluster(environment: environment, folder: "/nonexistent")
            }
        }
    }
}
