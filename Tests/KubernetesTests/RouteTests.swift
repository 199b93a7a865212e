import ClusterModel
import NIOCore
import NIOPosix
import NIOSSL
import Ports
import Synchronization
import Testing

@testable import Kubernetes

/// Several ways to one cluster, and ways that lead through another machine.
struct RouteTests {
    /// A way through a machine that can break.
    private final class Gate: APIRoute, APIDoor {
        struct State {
            var opened = 0
            var isBroken = false
            var isClosed = false
            var failure: String?
            var refusal: ControlError?
        }

        let config: Kubeconfig
        let address: APIAddress?
        let name: String
        let state = Mutex(State())

        init(_ config: Kubeconfig, address: APIAddress? = nil, name: String = "gate") {
            self.config = config
            self.address = address
            self.name = name
        }

        func open() async throws -> any APIDoor {
            let refusal = state.withLock { state in
                state.opened += 1
                state.isBroken = false
                return state.refusal
            }
            if let refusal { throw refusal }
            return self
        }

        func isOpen() async -> Bool { state.withLock { !$0.isBroken } }
        func takeFailure() -> String? { state.withLock(\.failure) }
        func close() async { state.withLock { $0.isClosed = true } }
    }

    /// Takes down what was passed over.
    private final class Notes: Sendable {
        private let lines = Mutex<[String]>([])

        var all: [String] { lines.withLock { $0 } }

        func add(_ line: String) { lines.withLock { $0.append(line) } }
    }

    private func connect(_ routes: [any APIRoute], _ notes: Notes = Notes()) async throws -> KubernetesClient {
        try await KubernetesClient.connect(
            by: routes,
            userAgent: "test",
            time: TestTime(),
            jitter: { 1 },
            passedOver: { notes.add($0) }
        )
    }

    /// An address at which nobody listens any more.
    private func deserted() async throws -> Kubeconfig { try await StubAPI.serve([:]) { $0.kubeconfig } }

    private func lock(_ client: KubernetesClient) async throws { _ = try await client.lock() }

    private static let leaseKey = "GET /apis/coordination.k8s.io/v1/namespaces/kube-system/leases/evenkeel"

    @Test func `where the first endpoint is down the second is asked, and that is told once`() async throws {
        let absent = try await deserted()
        try await StubAPI.serve(try StubAPI.greeting()) { api in
            let notes = Notes()
            let routes = api.kubeconfig.routes(to: [absent.server, api.kubeconfig.server])
            let client = try await connect(routes, notes)
            try await client.shutdown()
            #expect(notes.all.count == 1)
            #expect(notes.all.first?.hasPrefix("\(absent.server): connection refused") == true)
            #expect(api.requests.count == 2)
        }
    }

    @Test func `where no endpoint answers, one line tells of each, and nobody waits`() async throws {
        let (one, two) = (try await deserted(), try await deserted())
        let error = await #expect(throws: ControlError.self) {
            try await connect(one.routes(to: [one.server, two.server]))
        }
        guard case .unreachable(let line) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(line.contains("\(one.server): connection refused"))
        #expect(line.contains("; and \(two.server): connection refused"))
    }

    @Test func `a server that goes away is left for another one, and what was asked is asked there`() async throws {
        try await StubAPI.serve(try StubAPI.greeting()) { staying in
            // No connection outlives its answer, so that the server is gone once it does not listen any more.
            let brief = try StubAPI.greeting().mapValues { answers in
                answers.map { answer in
                    var answer = answer
                    answer.headers.append(("Connection", "close"))
                    return answer
                }
            }
            let client = try await StubAPI.serve(brief) { leaving in
                let routes = leaving.kubeconfig.routes(to: [leaving.kubeconfig.server, staying.kubeconfig.server])
                let client = try await connect(routes)
                #expect(staying.requests.isEmpty)
                return client
            }
            try await lock(client)
            try await lock(client)
            try await client.shutdown()
            #expect(staying.requests(Self.leaseKey).count == 2)
        }
    }

    @Test func `a server that is not well itself is left for another one with the next try`() async throws {
        let failing = StubAnswer.json(
            "{\"kind\":\"Status\",\"reason\":\"ServiceUnavailable\",\"message\":\"etcd\",\"code\":503}",
            status: 503
        )
        let script = try StubAPI.greeting().merging([Self.leaseKey: [failing]]) { $1 }
        try await StubAPI.serve(script) { sick in
            try await StubAPI.serve(try StubAPI.greeting()) { well in
                let client = try await connect(
                    well.kubeconfig.routes(to: [sick.kubeconfig.server, well.kubeconfig.server])
                )
                try await lock(client)
                try await client.shutdown()
                #expect(sick.requests(Self.leaseKey).count == 1)
                #expect(well.requests(Self.leaseKey).count == 1)
            }
        }
    }

    @Test func `a way that broke is opened anew`() async throws {
        try await StubAPI.serve(try StubAPI.greeting()) { api in
            let gate = Gate(api.kubeconfig)
            let client = try await connect([gate])
            gate.state.withLock { $0.isBroken = true }
            // The connection that stood is lost with the way.
            let link = try await client.transport.link()
            await client.transport.doubt(link)
            try await lock(client)
            try await client.shutdown()
            let end = gate.state.withLock { $0 }
            #expect(end.opened == 2)
            #expect(end.isClosed)
        }
    }

    @Test func `what the way knows of a failure is what is told`() async throws {
        let gate = Gate(try await deserted())
        gate.state.withLock { $0.failure = "the node makes no connection to it" }
        let error = await #expect(throws: ControlError.self) { try await connect([gate]) }
        #expect(error == .unreachable("gate: the node makes no connection to it"))
    }

    @Test func `a way that cannot be opened is passed over, and alone its reason is the error`() async throws {
        try await StubAPI.serve(try StubAPI.greeting()) { api in
            let gate = Gate(api.kubeconfig)
            gate.state.withLock { $0.refusal = .refused("gate: login refused") }
            await #expect(throws: ControlError.refused("gate: login refused")) { try await connect([gate]) }
            let notes = Notes()
            let client = try await connect([gate] + api.kubeconfig.routes(), notes)
            try await client.shutdown()
            #expect(notes.all == ["gate: login refused"])
        }
    }

    // MARK: Names of servers that are dialled elsewhere

    /// The line that a client reads who is told that `server` is dialled at another address; nil where all is well.
    private func refusal(
        _ server: String,
        serverName: String? = nil,
        certificate: (String, String) = (Certificates.server, Certificates.serverKey),
        isDialledElsewhere: Bool = true
    ) async throws -> String? {
        let tls = TLSConfiguration.makeServerConfiguration(
            certificateChain: try NIOSSLCertificate.fromPEMBytes(Array(certificate.0.utf8)).map { .certificate($0) },
            privateKey: .privateKey(try NIOSSLPrivateKey(bytes: Array(certificate.1.utf8), format: .pem))
        )
        let context = try NIOSSLContext(configuration: tls)
        return try await StubAPI.serve(try StubAPI.greeting(), tls: context, host: "127.0.0.2") { api in
            var config = api.kubeconfig
            config.server = isDialledElsewhere ? server : "https://127.0.0.2:\(api.port)"
            config.serverName = serverName
            config.authority = .init(pem: Certificates.authority, source: "ca.crt")
            let address = isDialledElsewhere ? APIAddress(host: "127.0.0.2", port: api.port) : nil
            do {
                let client = try await connect([Gate(config, address: address)])
                try await client.shutdown()
                return nil
            } catch ControlError.refused(let line) {
                return line
            }
        }
    }

    @Test func `an address that is dialled elsewhere is the one that the certificate must name`() async throws {
        #expect(try await refusal("https://127.0.0.1:6443") == nil)
        #expect(try await refusal("https://10.9.8.7:6443")?.contains("made out to another address") == true)
        // The address at the other end counts only where it is the server's own.
        #expect(try await refusal("", isDialledElsewhere: false)?.contains("made out to another name") == true)
    }

    @Test func `a name that is dialled elsewhere is the one that the certificate must name`() async throws {
        let named = (Certificates.named, Certificates.namedKey)
        #expect(try await refusal("https://api.internal:6443", certificate: named) == nil)
        #expect(try await refusal("https://other.internal:6443", certificate: named)?.contains("another name") == true)
        #expect(
            try await refusal("https://10.9.8.7:6443", serverName: "api.internal", certificate: named) == nil
        )
    }

    // MARK: Kubeconfigs on other machines

    private static func kubeconfig(user: String, cluster: String = "server: https://h:6443") -> String {
        """
        current-context: c
        contexts: [{name: c, context: {cluster: k, user: u}}]
        clusters: [{name: k, cluster: {\(cluster)}}]
        users: [{name: u, user: {\(user)}}]
        """
    }

    @Test(arguments: [
        ("exec: {apiVersion: v1, command: aws}", "server: https://h", "a program that gives tokens"),
        ("client-certificate: a.crt, client-key: a.key", "server: https://h", "the file a.crt"),
        ("token: t", "server: https://h, certificate-authority: ca.crt", "the file ca.crt"),
        ("token: t", "server: https://h, proxy-url: http://p:1", "a proxy"),
    ])
    func `of a kubeconfig on another machine only its own text counts`(user: String, cluster: String, what: String) {
        #expect(throws: KubeconfigError.notWhole("admin.conf on cp-1", what: what)) {
            try Kubeconfig.read(text: Self.kubeconfig(user: user, cluster: cluster), from: "admin.conf on cp-1")
        }
    }

    @Test func `a whole kubeconfig on another machine is read as one here`() throws {
        let config = try Kubeconfig.read(text: Self.kubeconfig(user: "token: t"), from: "admin.conf on cp-1")
        #expect(config.token == "t")
        #expect(config.address == APIAddress(host: "h", port: 6443))
        #expect(throws: KubeconfigError.broken("x on cp-1", why: "it is no kubeconfig")) {
            try Kubeconfig.read(text: "[]", from: "x on cp-1")
        }
    }
}
