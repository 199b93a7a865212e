// Logging in with the keys of an agent.
import Foundation
import NIOCore
import NIOPosix
import TestSupport
import Testing

@testable import SSH

@Suite struct AgentTests {
    private func connect(
        _ server: LoopbackSSHD,
        _ credentials: [SSHCredential],
        limit: Duration = .seconds(20)
    ) async throws -> SSHConnection {
        try await SSHConnection.connect(
            to: server.endpoint,
            credentials: credentials,
            hostKeys: .strict(server.knownHosts()),
            timeouts: SSHTimeouts(authenticate: limit),
            on: MultiThreadedEventLoopGroup.singleton
        )
    }

    private func greet(_ server: LoopbackSSHD, _ credentials: [SSHCredential]) async throws -> String {
        let connection = try await connect(server, credentials)
        let text = try await connection.execute("echo hello").standardOutput.text
        await connection.close()
        return text
    }

    @Test(arguments: ["ed25519", "ecdsa"])
    func `a key of an agent logs in`(type: String) async throws {
        try await LoopbackSSHD.run(.init(userKeyType: type)) { server in
            try await Agent.run { agent in
                try await agent.add(server.userKey)
                #expect(try await greet(server, [.agent(socket: agent.socket)]) == "hello\n")
            }
        }
    }

    @Test func `thirty connections log in by one agent at once`() async throws {
        try await LoopbackSSHD.run { server in
            try await Agent.run { agent in
                try await agent.add(server.userKey)
                let texts = try await withThrowingTaskGroup(of: String.self) { group in
                    for _ in 0..<30 { group.addTask { try await greet(server, [.agent(socket: agent.socket)]) } }
                    return try await group.reduce(into: []) { $0.append($1) }
                }
                #expect(texts == Array(repeating: "hello\n", count: 30))
            }
        }
    }

    @Test func `an encrypted key that the agent holds needs no passphrase`() async throws {
        let options = LoopbackSSHD.Options(userKeyPassphrase: "open sesame")
        try await LoopbackSSHD.run(options) { server in
            try await Agent.run { agent in
                try await agent.add(server.userKey, passphrase: "open sesame")
                let credentials = [server.credential(), .agent(socket: agent.socket)]
                #expect(try await greet(server, credentials) == "hello\n")
            }
        }
    }

    @Test func `an agent tells its keys, and one that is not there has none`() async throws {
        try await LoopbackSSHD.run(.init(userKeyPassphrase: "open sesame")) { server in
            try await Agent.run { agent in
                let group = MultiThreadedEventLoopGroup.singleton
                #expect(await SSHAgent.keys(agent.socket, on: group).isEmpty)
                try await agent.add(server.userKey, passphrase: "open sesame")
                let outside = try SSHPrivateKey.outside(server.userKey)
                #expect(outside.isEncrypted)
                #expect(await SSHAgent.keys(agent.socket, on: group) == [outside.publicKey].compactMap(\.self))
                #expect(await SSHAgent.keys("/no/such/socket", on: group).isEmpty)
            }
        }
    }

    @Test(arguments: [false, true])
    func `without an agent, or with an empty one, key files are tried`(isRunning: Bool) async throws {
        try await LoopbackSSHD.run { server in
            try await Agent.run { agent in
                let socket = isRunning ? agent.socket : "/no/such/socket"
                let text = try await greet(server, [.agent(socket: socket), server.credential()])
                #expect(text == "hello\n")
            }
        }
    }

    @Test func `of many keys, the ones that were asked for are tried first`() async throws {
        // The server ends the login after two attempts.
        try await LoopbackSSHD.run(.init(configuration: ["MaxAuthTries 2"])) { server in
            try await Agent.run { agent in
                for number in 0..<5 { try await agent.addFresh("other\(number)") }
                try await agent.add(server.userKey)
                await #expect(throws: SSHError.self) { try await connect(server, [.agent(socket: agent.socket)]) }
                let file = SSHCredential.privateKeyFile(path: server.userKey, passphrase: nil)
                #expect(try await greet(server, [.agent(socket: agent.socket), file]) == "hello\n")
                let key = try SSHPrivateKey(path: server.userKey, passphrase: nil)
                let publicKey = try #require(key.publicKey)
                let only = SSHCredential.agent(socket: agent.socket, only: [publicKey])
                #expect(try await greet(server, [only]) == "hello\n")
            }
        }
    }

    @Test func `a refusal names the agent's keys and an agent that is not there`() async throws {
        try await LoopbackSSHD.run { server in
            try await Agent.run { agent in
                try await agent.addFresh("stranger")
                let credentials: [SSHCredential] = [.agent(socket: agent.socket), .agent(socket: "/no/such/socket")]
                let error = await #expect(throws: SSHError.self) { try await connect(server, credentials) }
                let expected = SSHError.authenticationRefused(
                    server.endpoint,
                    tried: [
                        "publickey (agent: stranger)", "agent (/no/such/socket: No such file or directory)",
                    ],
                    offered: ["publickey"],
                    rsaSignatureTooOld: false
                )
                #expect(error == expected)
            }
        }
    }

    @Test func `an RSA key on an old libssh2 is said to be the reason`() async throws {
        guard !LibSSH2.signsRSAWithSHA2 else { return }
        try await LoopbackSSHD.run(.init(userKeyType: "rsa")) { server in
            try await Agent.run { agent in
                try await agent.add(server.userKey)
                let error = await #expect(throws: SSHError.self) {
                    try await connect(server, [.agent(socket: agent.socket)])
                }
                #expect(error?.description.contains("ed25519") == true)
            }
        }
    }

    enum Misbehaviour: String, CaseIterable {
        case silent
        case garbage
        case closes
        case endless
        case refusesToSign
        case neverSigns
    }

    @Test(arguments: Misbehaviour.allCases)
    func `an agent that misbehaves is passed over within the login's limit`(kind: Misbehaviour) async throws {
        try await LoopbackSSHD.run { server in
            let key = try SSHPrivateKey(path: server.userKey, passphrase: nil)
            let publicKey = try #require(key.publicKey)
            let blob = publicKey.blob
            try await FakeAgent.run(kind, blob) { socket in
                let limit = Duration.seconds(3)
                let error = await #expect(throws: SSHError.self) {
                    try await connect(server, [.agent(socket: socket)], limit: limit)
                }
                switch error {
                case .authenticationRefused: break
                case .timedOut(_, .authentication, limit): #expect(kind == .neverSigns)
                default: Issue.record("unexpected: \(String(describing: error))")
                }
            }
        }
    }

    @Test func `a passphrase is asked for once, and only where it is needed`() async throws {
        try await LoopbackSSHD.run(.init(userKeyPassphrase: "open sesame")) { server in
            let key = try await SSHPrivateKey.load(server.userKey) { path in
                #expect(path == server.userKey)
                return "open sesame"
            }
            #expect(try await greet(server, [.privateKey(key)]) == "hello\n")
            await #expect(throws: SSHError.keyNeedsPassphrase(path: server.userKey)) {
                try await SSHPrivateKey.load(server.userKey) { _ in nil }
            }
        }
        try await LoopbackSSHD.run { server in
            _ = try await SSHPrivateKey.load(server.userKey) { _ in
                Issue.record("the key needs no passphrase")
                return nil
            }
        }
    }
}

/// A real ssh-agent for the time of a test.
struct Agent {
    let folder: URL
    var socket: String { folder.appending(path: "socket").path }

    static func run(_ body: (Agent) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "agent-\(UUID().uuidString.prefix(8))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let agent = Agent(folder: folder)
        let process = try ChildProcess("/usr/bin/ssh-agent", ["-D", "-a", agent.socket])
        do {
            for _ in 0..<500 where !FileManager.default.fileExists(atPath: agent.socket) {
                try await Task.sleep(for: .milliseconds(10))
            }
            try await body(agent)
        } catch {
            await agent.end(process)
            throw error
        }
        await agent.end(process)
    }

    private func end(_ process: ChildProcess) async {
        process.terminate()
        _ = await process.end()
        try? FileManager.default.removeItem(at: folder)
    }

    func add(_ key: String, passphrase: String = "") async throws {
        let helper = folder.appending(path: "askpass")
        try "#!/bin/sh\necho '\(passphrase)'\n".write(to: helper, atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: helper.path)
        let environment = [
            "SSH_AUTH_SOCK": socket, "SSH_ASKPASS": helper.path, "SSH_ASKPASS_REQUIRE": "force",
            "PATH": "/usr/bin:/bin",
        ]
        let adding = try ChildProcess("/usr/bin/ssh-add", ["-q", key], environment: environment)
        guard await adding.end() == 0 else { throw LoopbackSSHD.Failure(description: "ssh-add failed") }
    }

    func addFresh(_ comment: String) async throws {
        let file = folder.appending(path: comment).path
        let making = try ChildProcess(
            "/usr/bin/ssh-keygen",
            ["-q", "-t", "ed25519", "-N", "", "-C", comment, "-f", file]
        )
        guard await making.end() == 0 else { throw LoopbackSSHD.Failure(description: "ssh-keygen failed") }
        try await add(file)
    }
}

/// An agent that does not do what it should.
private final class FakeAgent: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer
    private let kind: AgentTests.Misbehaviour
    private let blob: [UInt8]
    private var inbound = ByteBuffer()

    init(_ kind: AgentTests.Misbehaviour, _ blob: [UInt8]) {
        self.kind = kind
        self.blob = blob
    }

    static func run(
        _ kind: AgentTests.Misbehaviour,
        _ blob: [UInt8],
        _ body: (String) async throws -> Void
    ) async throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "fake-\(UUID().uuidString.prefix(8))").path
        let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(FakeAgent(kind, blob))
                }
            }
            .bind(unixDomainSocketPath: path).get()
        do { try await body(path) } catch {
            try await listener.close()
            throw error
        }
        try await listener.close()
        try? FileManager.default.removeItem(atPath: path)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        inbound.writeImmutableBuffer(unwrapInboundIn(data))
        while let message = inbound.readSSHString() { answer(message.getInteger(at: 0, as: UInt8.self), context) }
    }

    private func answer(_ request: UInt8?, _ context: ChannelHandlerContext) {
        switch kind {
        case .silent: return
        case .closes: return context.close(promise: nil)
        case .garbage: send([12, 0xFF, 0xFF, 0xFF, 0xFF, 1, 2, 3], context)
        case .endless:
            return context.writeAndFlush(wrapOutboundOut(ByteBuffer(integer: UInt32.max)), promise: nil)
        case .refusesToSign, .neverSigns:
            if request == 11 {
                var list = ByteBuffer(bytes: [12, 0, 0, 0, 1])
                list.writeSSHString(ByteBuffer(bytes: blob))
                list.writeSSHString("key")
                send(Array(list.readableBytesView), context)
            } else if kind == .refusesToSign {
                send([5], context)
            }
        }
    }

    private func send(_ bytes: [UInt8], _ context: ChannelHandlerContext) {
        var message = ByteBuffer()
        message.writeSSHString(ByteBuffer(bytes: bytes))
        context.writeAndFlush(wrapOutboundOut(message), promise: nil)
    }
}
