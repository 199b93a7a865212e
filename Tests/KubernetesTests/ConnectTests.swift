import ClusterModel
import Foundation
import NIOHTTP1
import Ports
import Testing

@testable import Kubernetes

struct ConnectTests {
    private func connect(_ config: Kubeconfig) async throws {
        let client = try await KubernetesClient.connect(config, userAgent: "test", time: TestTime(), jitter: { 1 })
        try await client.shutdown()
    }

    @Test func `a refused connection is told at once, with host and port`() async throws {
        let config = try await StubAPI.serve([:]) { $0.kubeconfig }
        let line = ": connection refused: nothing listens there: is this the API server's address, and is it up?"
        await #expect(throws: ControlError.unreachable(config.server + line)) { try await connect(config) }
    }

    @Test func `something that is no Kubernetes API is told from one`() async throws {
        let page = StubAnswer(headers: [("Content-Type", "text/html")], body: "<html>")
        try await StubAPI.serve(["GET /version": [page]]) { api in
            let error = await #expect(throws: ControlError.self) { try await connect(api.kubeconfig) }
            #expect(error?.description.hasSuffix("is it a Kubernetes API?") == true)
        }
    }

    @Test func `a server without the policy API is refused`() async throws {
        var script = try StubAPI.greeting()
        script["GET /apis/policy"] = [.json("{\"versions\":[]}")]
        try await StubAPI.serve(script) { api in
            let error = await #expect(throws: ControlError.self) { try await connect(api.kubeconfig) }
            #expect(error?.description.contains("no policy API") == true)
        }
    }

    @Test func `a bad token is told where the version is asked for`() async throws {
        try await StubAPI.serve(["GET /version": [try .recorded("auth-bad-token-401")]]) { api in
            let error = await #expect(throws: ControlError.self) { try await connect(api.kubeconfig) }
            #expect(error?.description.contains("401, it does not accept the kubeconfig's user") == true)
        }
    }

    @Test func `a token file is read anew for each request`() async throws {
        try await ScratchFolder.use { folder in
            let path = try folder.write("token", "one\n")
            try await StubAPI.serve(try StubAPI.greeting()) { api in
                var config = api.kubeconfig
                config.token = nil
                config.tokenFile = path
                let client = try await KubernetesClient.connect(config, userAgent: "test", time: TestTime())
                try folder.write("token", "two")
                _ = try await client.uncordon(node: "n1", owner: "x")
                try await client.shutdown()
                let tokens = api.requests.compactMap { $0.headers.first(name: "Authorization") }
                #expect(tokens == ["Bearer one", "Bearer one", "Bearer two"])
            }
        }
    }

    @Test(arguments: [true, false])
    func `material that is no PEM is named`(isKey: Bool) async throws {
        var config = Kubeconfig(context: "c", server: "https://127.0.0.1:1", skipsVerification: false)
        if isKey {
            config.certificate = .init(pem: Certificates.expired, source: "/etc/me.crt")
            config.key = .init(pem: "nonsense", source: "/etc/me.key")
        } else {
            config.authority = .init(pem: "nonsense", source: "/etc/ca.crt")
        }
        let error = await #expect(throws: ControlError.self) {
            let client = try await KubernetesClient.connect(config, userAgent: "test", time: LongAgo())
            try await client.shutdown()
        }
        let line = isKey ? "/etc/me.key: holds no private key in PEM" : "/etc/ca.crt: holds no certificate in PEM"
        #expect(error?.description.hasPrefix(line) == true)
    }

    @Test func `our own expired certificate is told before anything is sent`() async throws {
        var config = Kubeconfig(context: "c", server: "https://127.0.0.1:1", skipsVerification: false)
        config.certificate = .init(pem: Certificates.expired, source: "/etc/me.crt")
        config.key = .init(pem: "unread", source: "/etc/me.key")
        let error = await #expect(throws: ControlError.self) { try await connect(config) }
        #expect(error?.description.hasPrefix("/etc/me.crt: the client certificate expired at ") == true)
    }
}

/// Before every certificate expired.
private struct LongAgo: Timepiece {
    var now: Instant { Instant(milliseconds: 0) }
    func sleep(until instant: Instant) async throws {}
}
