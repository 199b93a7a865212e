// Reaching, trusting and entering a server.
import Foundation
import NIOCore
import NIOPosix
import Synchronization
import Testing

@testable import SSH

@Suite struct ConnectionTests {
    private static let otherKey =
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBCh3qcRzaktSvcsGIIoQ9plGpERWgn5PYcN5VlbbNQp"
    private static let otherFingerprint = "SHA256:u16CWWlo4D3pnVSalBHn5HsegE/E9adMTbcgalgi1QI"
    private static let noRetry = SSHRetryPolicy(attempts: 1)

    private func connect(
        _ endpoint: SSHEndpoint,
        _ credentials: [SSHCredential] = [],
        _ hostKeys: HostKeyPolicy = .strict(.init(text: "")),
        timeouts: SSHTimeouts = SSHTimeouts(),
        retry: SSHRetryPolicy = noRetry
    ) async throws -> SSHConnection {
        try await SSHConnection.connect(
            to: endpoint,
            credentials: credentials,
            hostKeys: hostKeys,
            timeouts: timeouts,
            retry: retry,
            on: MultiThreadedEventLoopGroup.singleton
        )
    }

    // MARK: Reaching

    @Test func `a closed port is a refused connection`() async throws {
        let endpoint = SSHEndpoint(host: "127.0.0.1", port: try await LoopbackSSHD.freePort(), user: "nobody")
        await #expect(throws: SSHError.connectionRefused(endpoint)) { try await connect(endpoint) }
    }

    @Test func `a name is resolved, and an unknown one is unreachable`() async throws {
        let port = try await LoopbackSSHD.freePort()
        let known = SSHEndpoint(host: "localhost", port: port, user: "nobody")
        await #expect(throws: SSHError.connectionRefused(known)) { try await connect(known) }
        let unknown = SSHEndpoint(host: "no-such-host.invalid", port: port, user: "nobody")
        let error = await #expect(throws: SSHError.self) { try await connect(unknown) }
        #expect(error == .unreachable(unknown, reason: "the name does not resolve"))
    }

    @Test func `a server that never sends its banner is given up`() async throws {
        try await ScriptedServer.run(.silent) { server in
            let limit = Duration.milliseconds(100)
            await #expect(throws: SSHError.timedOut(server.endpoint, .banner, after: limit)) {
                try await connect(server.endpoint, timeouts: SSHTimeouts(handshake: limit))
            }
            try await server.nextConnection()?.closeFuture.get()
        }
    }

    @Test(arguments: [ScriptedServer.Behaviour.dropsAtOnce, .says("Exceeded MaxStartups\r\n")])
    func `a server that drops logins is dialled again with growing pauses`(
        behaviour: ScriptedServer.Behaviour
    ) async throws {
        try await ScriptedServer.run(behaviour) { server in
            let clock = RecordingClock()
            let retry = SSHRetryPolicy(
                attempts: 4,
                firstPause: .milliseconds(100),
                longestPause: .milliseconds(300),
                clock: clock
            ) { 0.5 }
            let error = await #expect(throws: SSHError.self) { try await connect(server.endpoint, retry: retry) }
            #expect(error == .noBanner(server.endpoint))
            #expect(error?.isRetryable == true)
            #expect(clock.pauses == [.milliseconds(75), .milliseconds(150), .milliseconds(225)])
        }
    }

    @Test func `a server that leaves after its banner is a lost connection, not retried`() async throws {
        try await ScriptedServer.run(.says("SSH-2.0-test\r\n")) { server in
            let clock = RecordingClock()
            let error = await #expect(throws: SSHError.self) {
                try await connect(server.endpoint, retry: SSHRetryPolicy(clock: clock))
            }
            #expect(error == .connectionLost(server.endpoint, reason: "the server closed it"))
            #expect(clock.pauses.isEmpty)
        }
    }

    @Test func `a server without a common cipher fails the handshake`() async throws {
        try await LoopbackSSHD.run(.init(configuration: ["Ciphers 3des-cbc"])) { server in
            let error = await #expect(throws: SSHError.self) { try await server.connect() }
            guard case .handshakeFailed(server.endpoint, _) = error else {
                Issue.record("unexpected: \(String(describing: error))")
                return
            }
        }
    }

    @Test func `a cancelled connect closes its connection`() async throws {
        try await ScriptedServer.run(.silent) { server in
            let endpoint = server.endpoint
            let dialling = Task { try await connect(endpoint) }
            let accepted = await server.nextConnection()
            dialling.cancel()
            await #expect(throws: CancellationError.self) { try await dialling.value }
            try await accepted?.closeFuture.get()
        }
    }

    @Test func `fifty connections at once outlast a server that drops logins in a burst`() async throws {
        // Random early drop begins at the third unfinished login.
        let busy = LoopbackSSHD.Options(configuration: ["MaxStartups 3:50:10"])
        try await LoopbackSSHD.run(busy) { server in
            let texts = try await withThrowingTaskGroup(of: String.self) { group in
                for number in 0..<50 {
                    group.addTask {
                        let patient = SSHRetryPolicy(
                            attempts: 40,
                            firstPause: .milliseconds(50),
                            longestPause: .seconds(1)
                        )
                        let connection = try await server.connect(retry: patient)
                        let text = try await connection.execute("echo \(number)").standardOutput.text
                        await connection.close()
                        return text
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(Set(texts) == Set((0..<50).map { "\($0)\n" }))
        }
    }

    // MARK: Trusting

    @Test func `an unknown server is refused with its fingerprint`() async throws {
        try await LoopbackSSHD.run { server in
            let fingerprint = try fingerprint(of: server)
            let expected = SSHError.hostKeyUnknown(
                server.endpoint,
                type: "ssh-ed25519",
                fingerprint: fingerprint,
                listedTypes: [],
                source: "known_hosts"
            )
            await #expect(throws: expected) { try await connect(server.endpoint, [server.credential()]) }
        }
    }

    @Test func `an unknown server is recorded once the policy accepts new ones`() async throws {
        try await LoopbackSSHD.run { server in
            let path = server.folder.appending(path: "known").path
            let policy = HostKeyPolicy.acceptNew(try KnownHostsFile(path))
            for _ in 0..<2 { try await connect(server.endpoint, [server.credential()], policy).close() }
            let recorded = try String(contentsOfFile: path, encoding: .utf8)
            let key = try server.hostKeyText()
            #expect(recorded == "[127.0.0.1]:\(server.port) \(key)\n")
            let known = HostKeyPolicy.strict(KnownHosts(text: recorded))
            try await connect(server.endpoint, [server.credential()], known).close()
        }
    }

    @Test func `a server that is new to the first of two connections is held to its key by the second`() async throws {
        try await LoopbackSSHD.run { server in
            let path = server.folder.appending(path: "known").path
            try "# no end".write(toFile: path, atomically: true, encoding: .utf8)
            let file = try KnownHostsFile(path)
            let other = try #require(HostKey(base64: Self.otherKey.split(separator: " ")[1]))
            try file.admit(other, of: server.endpoint)
            let error = await #expect(throws: SSHError.self) {
                try await connect(server.endpoint, [server.credential()], .acceptNew(file))
            }
            guard case .hostKeyMismatch = error else {
                Issue.record("unexpected: \(String(describing: error))")
                return
            }
            let text = try String(contentsOfFile: path, encoding: .utf8)
            #expect(text == "# no end\n[127.0.0.1]:\(server.port) \(Self.otherKey)\n")
        }
    }

    @Test func `a new server that cannot be recorded is refused`() async throws {
        try await LoopbackSSHD.run { server in
            let policy = HostKeyPolicy.acceptNew(try KnownHostsFile("/no/such/folder/known_hosts"))
            let expected = SSHError.hostKeyNotRecorded(
                server.endpoint,
                fingerprint: try fingerprint(of: server),
                reason: "No such file or directory"
            )
            await #expect(throws: expected) { try await connect(server.endpoint, [server.credential()], policy) }
        }
    }

    @Test(arguments: [true, false])
    func `a changed key is refused by every policy, naming both keys and the line`(strict: Bool) async throws {
        try await LoopbackSSHD.run { server in
            let path = server.folder.appending(path: "hosts").path
            let listed = "# comment\n[127.0.0.1]:\(server.port) \(Self.otherKey)"
            try listed.write(toFile: path, atomically: true, encoding: .utf8)
            let known = KnownHosts(text: listed, source: path)
            let policy = strict ? HostKeyPolicy.strict(known) : .acceptNew(try KnownHostsFile(path))
            let error = await #expect(throws: SSHError.self) {
                try await connect(server.endpoint, [server.credential()], policy)
            }
            let text = try #require(error?.description)
            let shown = try fingerprint(of: server)
            #expect(text.contains(shown))
            #expect(text.contains(Self.otherFingerprint))
            #expect(text.contains("hosts:2"))
            guard case .hostKeyMismatch = error else {
                Issue.record("unexpected: \(text)")
                return
            }
        }
    }

    @Test func `a revoked key is refused`() async throws {
        try await LoopbackSSHD.run { server in
            let path = server.folder.appending(path: "hosts").path
            try "@revoked * \(try server.hostKeyText())".write(toFile: path, atomically: true, encoding: .utf8)
            let known = try KnownHostsFile(path)
            let error = await #expect(throws: SSHError.self) {
                try await connect(server.endpoint, [server.credential()], .acceptNew(known))
            }
            guard case .hostKeyRevoked(server.endpoint, _) = error else {
                Issue.record("unexpected: \(String(describing: error))")
                return
            }
        }
    }

    @Test(arguments: ["ecdsa", "ed25519"])
    func `a server with several keys is trusted by the one that is listed`(type: String) async throws {
        try await LoopbackSSHD.run(.init(hostKeyTypes: ["ed25519", "ecdsa", "rsa"])) { server in
            let policy = HostKeyPolicy.strict(try server.knownHosts(type))
            try await connect(server.endpoint, [server.credential()], policy).close()
        }
    }

    @Test func `a key of another type than listed is no new server`() async throws {
        try await LoopbackSSHD.run { server in
            let ecdsa =
                "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBG76UjYMoRrZ+hygD1oytjy+0Lbig1l8"
                + "+VV+o1E1fXorDygSu9vjDlnhf3e5euT5wq1iULNTLLz8EhnCr9PWds4="
            let path = server.folder.appending(path: "hosts").path
            try "[127.0.0.1]:\(server.port) \(ecdsa)".write(toFile: path, atomically: true, encoding: .utf8)
            let known = try KnownHostsFile(path)
            let error = await #expect(throws: SSHError.self) {
                try await connect(server.endpoint, [server.credential()], .acceptNew(known))
            }
            guard case .hostKeyUnknown(_, "ssh-ed25519", _, ["ecdsa-sha2-nistp256"], _) = error else {
                Issue.record("unexpected: \(String(describing: error))")
                return
            }
        }
    }

    private func fingerprint(of server: LoopbackSSHD) throws -> String {
        try #require(HostKey(base64: server.hostKeyText().split(separator: " ")[1])).fingerprint
    }

    // MARK: Entering

    @Test func `a key that the server does not know is refused, with what it would accept`() async throws {
        try await LoopbackSSHD.run { server in
            let wrong = try testData("ed25519_plain")
            let expected = SSHError.authenticationRefused(
                server.endpoint,
                tried: ["publickey (\(wrong))"],
                offered: ["publickey"],
                rsaSignatureTooOld: false
            )
            await #expect(throws: expected) {
                try await connect(
                    server.endpoint,
                    [.privateKeyFile(path: wrong, passphrase: nil)],
                    .strict(server.knownHosts())
                )
            }
        }
    }

    @Test func `the second key gets in when the first is refused`() async throws {
        try await LoopbackSSHD.run { server in
            let keys = [
                SSHCredential.privateKeyFile(path: try testData("ed25519_plain"), passphrase: nil), server.credential(),
            ]
            try await connect(server.endpoint, keys, .strict(server.knownHosts())).close()
        }
    }

    @Test func `no key at all is refused`() async throws {
        try await LoopbackSSHD.run { server in
            let expected = SSHError.authenticationRefused(
                server.endpoint,
                tried: [],
                offered: ["publickey"],
                rsaSignatureTooOld: false
            )
            await #expect(throws: expected) { try await connect(server.endpoint, [], .strict(server.knownHosts())) }
        }
    }

    @Test func `an encrypted key needs its passphrase`() async throws {
        try await LoopbackSSHD.run(.init(userKeyPassphrase: "correct horse")) { server in
            let policy = HostKeyPolicy.strict(try server.knownHosts())
            try await connect(server.endpoint, [server.credential(passphrase: "correct horse")], policy).close()
            await #expect(throws: SSHError.wrongPassphrase(path: server.userKey)) {
                try await connect(server.endpoint, [server.credential(passphrase: "battery")], policy)
            }
            await #expect(throws: SSHError.keyNeedsPassphrase(path: server.userKey)) {
                try await connect(server.endpoint, [server.credential()], policy)
            }
        }
    }

    @Test func `an ECDSA key logs in`() async throws {
        try await LoopbackSSHD.run(.init(userKeyType: "ecdsa")) { server in
            try await server.connect().close()
        }
    }

    @Test func `an RSA key logs in where libssh2 signs with SHA-2, else the error says what to do`() async throws {
        try await LoopbackSSHD.run(.init(userKeyType: "rsa")) { server in
            guard !LibSSH2.signsRSAWithSHA2 else {
                try await server.connect().close()
                return
            }
            let error = await #expect(throws: SSHError.self) { try await server.connect() }
            #expect(error?.description.contains("ed25519") == true)
            guard case .authenticationRefused(_, _, _, rsaSignatureTooOld: true) = error else {
                Issue.record("unexpected: \(String(describing: error))")
                return
            }
        }
    }
}

/// The path of a file in this target's Data folder.
func testData(_ name: String, file: String = #filePath) throws -> String {
    URL(filePath: file).deletingLastPathComponent().appending(path: "Data/\(name)").path
}
