import Foundation
import Testing

@testable import Kubernetes

struct KubeconfigTests {
    private static func config(
        user: String = "token: t",
        cluster: String = "server: https://h:6443",
        current: String = "c1"
    ) -> String {
        """
        apiVersion: v1
        kind: Config
        current-context: \(current)
        contexts:
        - {name: c1, context: {cluster: k1, user: u1}}
        - {name: c2, context: {cluster: nosuch, user: u1}}
        - {name: c3, context: {cluster: k1, user: nosuch}}
        clusters:
        - {name: k1, cluster: {\(cluster)}}
        users:
        - {name: u1, user: {\(user)}}
        """
    }

    private func load(_ text: String, context: String? = nil, files: [String: String] = [:]) async throws -> Kubeconfig
    {
        try await ScratchFolder.use { folder in
            for (name, content) in files { try folder.write(name, content) }
            return try Kubeconfig.load(path: try folder.write("config", text), context: context)
        }
    }

    @Test func `the current context leads to a server and a token`() async throws {
        let config = try await load(Self.config())
        #expect(config.context == "c1")
        #expect(config.server == "https://h:6443")
        #expect(config.token == "t")
        #expect(config.authority == nil)
        #expect(!config.skipsVerification)
    }

    @Test func `material stands in the file, or in files beside it`() async throws {
        let data = Data("CA".utf8).base64EncodedString()
        let cluster =
            "server: https://h, certificate-authority-data: \(data), tls-server-name: api, insecure-skip-tls-verify: true"
        let user = "client-certificate: me.crt, client-key: me.key, tokenFile: token"
        let text = Self.config(user: user, cluster: cluster)
        let config = try await load(text, files: ["me.crt": "CERT", "me.key": "KEY", "token": "t2\n"])
        #expect(config.authority?.pem == "CA")
        #expect(config.certificate?.pem == "CERT")
        #expect(config.key?.pem == "KEY")
        #expect(config.serverName == "api")
        #expect(config.skipsVerification)
        #expect(config.token == nil)
        #expect(config.tokenFile?.hasSuffix("/token") == true)
    }

    @Test func `of several files the first to name something wins`() async throws {
        try await ScratchFolder.use { folder in
            let first = try folder.write(
                "a",
                "current-context: c2\nclusters:\n- {name: nosuch, cluster: {server: 'https://first'}}"
            )
            let second = try folder.write("b", Self.config())
            let config = try Kubeconfig.load(path: "\(folder.path("missing")):\(first):\(second)")
            #expect(config.server == "https://first")
            #expect(config.token == "t")
        }
    }

    @Test(
        arguments: [
            (
                KubeconfigTests.config(current: "''"), nil,
                "FILE: it has no current-context: choose one with --context (there are: c1, c2, c3)"
            ),
            ("kind: Config", nil, "FILE: it has no current-context: choose one with --context (there are: none)"),
            (KubeconfigTests.config(), "c9", "FILE: it has no context \u{201C}c9\u{201D}: there are: c1, c2, c3"),
            (KubeconfigTests.config(), "c2", "FILE: it has no cluster \u{201C}nosuch\u{201D}: there are: k1"),
            (KubeconfigTests.config(), "c3", "FILE: it has no user \u{201C}nosuch\u{201D}: there are: u1"),
            (
                KubeconfigTests.config(user: "exec: {command: aws, apiVersion: v1, interactiveMode: Always}"), nil,
                "FILE: a credential plugin that must ask somebody (interactiveMode) is not supported: use a client certificate or a token"
            ),
            (
                KubeconfigTests.config(user: "token: t, as: admin"), nil,
                "FILE: acting as somebody else (as) is not supported: use a client certificate or a token"
            ),
            (
                KubeconfigTests.config(user: "client-certificate-data: QQ=="), nil,
                "FILE: user \u{201C}u1\u{201D} has no client-key: compare it with one that kubectl accepts"
            ),
            (
                KubeconfigTests.config(user: "client-certificate-data: '*'"), nil,
                "FILE: client-certificate-data is no base64: compare it with one that kubectl accepts"
            ),
            (
                KubeconfigTests.config(cluster: "server: h6443"), nil,
                "FILE: server \u{201C}h6443\u{201D} is no http or https URL: compare it with one that kubectl accepts"
            ),
            (
                KubeconfigTests.config(cluster: "server: 'https://h', certificate-authority: /no/ca"), nil,
                "FILE: /no/ca, which it names, cannot be read: is it there, and readable?"
            ),
            (
                KubeconfigTests.config(cluster: "nothing: x"), nil,
                "FILE: server is missing: compare it with one that kubectl accepts"
            ),
            ("just words", nil, "FILE: it is no kubeconfig: compare it with one that kubectl accepts"),
        ] as [(String, String?, String)]
    )
    func `what is wrong with a kubeconfig is one line`(text: String, context: String?, line: String) async throws {
        try await ScratchFolder.use { folder in
            let path = try folder.write("config", text)
            let error = try #require(throws: KubeconfigError.self) { try Kubeconfig.load(path: path, context: context) }
            #expect(error.description.replacing(path, with: "FILE") == line)
        }
    }

    @Test func `a missing kubeconfig is named`() {
        let error = #expect(throws: KubeconfigError.self) { try Kubeconfig.load(path: "/no/config") }
        #expect(
            error?.description == "/no/config: there is no such kubeconfig: name one with --kubeconfig or $KUBECONFIG"
        )
    }
}
