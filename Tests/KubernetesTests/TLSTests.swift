import ClusterModel
import NIOCore
import NIOPosix
import NIOSSL
import Ports
import Testing

@testable import Kubernetes

struct TLSTests {
    /// The line that a client reads who trusts `authority` where the server shows `certificate`; nil where all is well.
    private func connect(
        _ certificate: String,
        _ key: String,
        demandsCertificate: Bool = false,
        change: (inout Kubeconfig) -> Void = { _ in }
    ) async throws -> String? {
        var settings = TLSConfiguration.makeServerConfiguration(
            certificateChain: try NIOSSLCertificate.fromPEMBytes(Array(certificate.utf8)).map { .certificate($0) },
            privateKey: .privateKey(try NIOSSLPrivateKey(bytes: Array(key.utf8), format: .pem))
        )
        if demandsCertificate {
            settings.certificateVerification = .noHostnameVerification
            settings.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(Array(Certificates.authority.utf8)))
        }
        return try await StubAPI.serve(try StubAPI.greeting(), tls: try NIOSSLContext(configuration: settings)) { api in
            var config = api.kubeconfig
            config.server = "https://127.0.0.1:\(api.port)"
            config.authority = .init(pem: Certificates.authority, source: "ca.crt")
            change(&config)
            do {
                let client = try await KubernetesClient.connect(config, userAgent: "test", time: TestTime())
                try await client.shutdown()
                return nil
            } catch ControlError.refused(let line) {
                return line.replacing(config.server, with: "SERVER")
            }
        }
    }

    @Test func `a server that the kubeconfig's authority vouches for is spoken to`() async throws {
        #expect(try await connect(Certificates.server, Certificates.serverKey) == nil)
    }

    @Test func `a server signed by somebody else is refused`() async throws {
        let line = try await connect(Certificates.server, Certificates.serverKey) {
            $0.authority = .init(pem: Certificates.otherAuthority, source: "ca.crt")
        }
        let reason = "its certificate is not signed by the kubeconfig's certificate-authority: check that entry"
        #expect(line == "SERVER: \(reason)")
    }

    @Test func `an expired certificate is told from an unknown authority`() async throws {
        let line = try await connect(Certificates.expired, Certificates.expiredKey)
        #expect(line == "SERVER: its certificate expired at 2020-02-01T00:00:00.000Z: renew it on the control plane")
    }

    @Test func `a certificate with another name is refused, unless that name is asked for`() async throws {
        let line = try await connect(Certificates.named, Certificates.namedKey)
        let reason =
            "its certificate is made out to another name: use that one in the kubeconfig, or set tls-server-name"
        #expect(line == "SERVER: \(reason)")
        #expect(try await connect(Certificates.named, Certificates.namedKey) { $0.serverName = "api.internal" } == nil)
    }

    @Test func `a server that does not take our certificate is told from one that we do not trust`() async throws {
        func refusal(_ authority: String) async throws -> String? {
            try await connect(Certificates.server, Certificates.serverKey, demandsCertificate: true) {
                $0.authority = .init(pem: authority, source: "ca.crt")
            }
        }
        let reason = "it did not accept our client certificate: renew it, and copy the new kubeconfig"
        #expect(try await refusal(Certificates.authority) == "SERVER: \(reason)")
        #expect(try await refusal(Certificates.otherAuthority)?.contains("is not signed by") == true)
    }

    @Test func `verification is left out only where the kubeconfig says so`() async throws {
        let line = try await connect(Certificates.expired, Certificates.expiredKey) { $0.skipsVerification = true }
        #expect(line == nil)
    }

    @Test func `a server that does not speak TLS is told from one that does`() async throws {
        try await StubAPI.serve([:]) { api in
            var config = api.kubeconfig
            config.server = "https://127.0.0.1:\(api.port)"
            let error = await #expect(throws: ControlError.self) {
                try await KubernetesClient.connect(config, userAgent: "test", time: TestTime())
            }
            #expect(error?.description.contains("it does not speak TLS") == true)
        }
    }

    @Test func `a server that breaks off the handshake, as one that goes down does, may do better later`() async throws
    {
        let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.close(promise: nil)
                return channel.eventLoop.makeSucceededVoidFuture()
            }
            .bind(host: "127.0.0.1", port: 0).get()
        var config = Kubeconfig(context: "stub", server: "", skipsVerification: false, token: "secret")
        config.server = "https://127.0.0.1:\(server.localAddress?.port ?? 0)"
        let error = await #expect(throws: ControlError.self) {
            try await KubernetesClient.connect(config, userAgent: "test", time: TestTime())
        }
        guard case .unreachable = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        try await server.close()
    }
}
