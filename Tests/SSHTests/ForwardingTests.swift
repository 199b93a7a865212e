// Jump hosts and forwarded ports.
import Foundation
import NIOCore
import NIOPosix
import Synchronization
import Testing

@testable import SSH

@Suite struct ForwardingTests {
    private static let group = MultiThreadedEventLoopGroup.singleton

    /// Connects to each server through the one before; the last is handed over, all are closed afterwards.
    private func chain(
        _ servers: [LoopbackSSHD],
        timeouts: SSHTimeouts = SSHTimeouts(),
        _ body: (SSHConnection, [SSHConnection]) async throws -> Void
    ) async throws {
        var connections: [SSHConnection] = []
        do {
            for server in servers {
                connections.append(try await server.connect(timeouts: timeouts, through: connections.last))
            }
            if let last = connections.last { try await body(last, connections) }
        } catch {
            for connection in connections.reversed() { await connection.close() }
            throw error
        }
        for connection in connections.reversed() { await connection.close() }
    }

    // MARK: Jump hosts

    @Test(arguments: [1, 2, 4])
    func `a server is reached through any number of others`(jumps: Int) async throws {
        try await LoopbackSSHD.run { server in
            try await chain(Array(repeating: server, count: jumps + 1)) { last, _ in
                let result = try await last.execute("echo $((6*7)); cat", standardInput: "through")
                #expect(result.standardOutput.text == "42\nthrough")
            }
        }
    }

    @Test func `files, big outputs and many commands go through a jump host`() async throws {
        try await LoopbackSSHD.run { server in
            try await chain([server, server]) { last, _ in
                let file = try await TransferTests.file(TransferTests.content(5_000_000), in: server)
                let target = server.folder.appending(path: "remote").path
                _ = try await last.upload(file, to: target)
                #expect(try await SSHLocalFile.open(target).sha256 == file.sha256)
                let counts = try await withThrowingTaskGroup(of: Int.self) { group in
                    for _ in 0..<8 {
                        group.addTask {
                            let counter = Mutex(0)
                            _ = try await last.execute("head -c 3000000 /dev/zero", outputLimit: 0) { output in
                                if case .standardOutput(let bytes) = output { counter.withLock { $0 += bytes.count } }
                            }
                            return counter.withLock { $0 }
                        }
                    }
                    return try await group.reduce(into: []) { $0.append($1) }
                }
                #expect(counts == Array(repeating: 3_000_000, count: 8))
            }
        }
    }

    @Test func `forty servers share one jump host`() async throws {
        try await LoopbackSSHD.run { server in
            let jump = try await server.connect()
            let texts = try await withThrowingTaskGroup(of: String.self) { group in
                for number in 0..<40 {
                    group.addTask {
                        let connection = try await server.connect(through: jump)
                        let text = try await connection.execute("echo \(number)").standardOutput.text
                        await connection.close()
                        return text
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(Set(texts) == Set((0..<40).map { "\($0)\n" }))
            #expect(try await jump.execute("echo on").standardOutput.text == "on\n")
            await jump.close()
        }
    }

    @Test func `what a jump host cannot reach is named with its address`() async throws {
        try await LoopbackSSHD.run { server in
            let jump = try await server.connect()
            let closed = SSHEndpoint(host: "127.0.0.1", port: try await LoopbackSSHD.freePort(), user: "nobody")
            let error = await #expect(throws: SSHError.self) {
                try await server.connect(to: closed, through: jump)
            }
            guard case .forwardingRefused(server.endpoint, "127.0.0.1:\(closed.port)", _) = error else {
                Issue.record("unexpected: \(String(describing: error))")
                return
            }
            #expect(try await jump.execute("echo on").standardOutput.text == "on\n")
            await jump.close()
        }
    }

    @Test func `a jump host that forwards nothing is named`() async throws {
        try await LoopbackSSHD.run(.init(configuration: ["AllowTcpForwarding no"])) { server in
            let jump = try await server.connect()
            let error = await #expect(throws: SSHError.self) { try await server.connect(through: jump) }
            guard case .forwardingRefused = error else {
                Issue.record("unexpected: \(String(describing: error))")
                return
            }
            #expect(error?.description.contains("AllowTcpForwarding") == true)
            await jump.close()
        }
    }

    @Test func `the end of a jump host ends what goes through it`() async throws {
        try await LoopbackSSHD.run { server in
            try await chain([server, server]) { last, all in
                let (started, starts) = AsyncStream.makeStream(of: Void.self)
                let running = Task { try await last.execute("echo up; sleep 60") { _ in starts.yield() } }
                for await _ in started { break }
                await all[0].close()
                let error = await #expect(throws: SSHError.self) { try await running.value }
                guard case .connectionLost = error else {
                    Issue.record("unexpected: \(String(describing: error))")
                    return
                }
                #expect(!last.isOpen)
            }
        }
    }

    @Test func `another key behind a jump host is refused like any other`() async throws {
        try await LoopbackSSHD.run { server in
            let jump = try await server.connect()
            let error = await #expect(throws: SSHError.self) {
                try await SSHConnection.connect(
                    to: server.endpoint,
                    credentials: [server.credential()],
                    hostKeys: .strict(KnownHosts(text: "")),
                    through: jump,
                    on: Self.group
                )
            }
            guard case .hostKeyUnknown = error else {
                Issue.record("unexpected: \(String(describing: error))")
                return
            }
            await jump.close()
        }
    }

    @Test func `an idle server behind a jump host shows signs of life and stays connected`() async throws {
        try await LoopbackSSHD.run { server in
            try await chain([server, server], timeouts: SSHTimeouts(keepalive: .milliseconds(500))) { last, _ in
                // Longer than three times the silence that would end it.
                let first = try await last.execute("sleep 2; echo on")
                let second = try await last.execute("echo still")
                #expect(first.standardOutput.text + second.standardOutput.text == "on\nstill\n")
            }
        }
    }

    @Test func `a server behind a jump host that falls silent is given up`() async throws {
        try await LoopbackSSHD.run { server in
            try await StallingProxy.run(to: server.port) { proxy in
                let jump = try await server.connect()
                let through = SSHEndpoint(host: "127.0.0.1", port: proxy.port, user: server.endpoint.user)
                let last = try await server.connect(
                    to: through,
                    timeouts: SSHTimeouts(keepalive: .milliseconds(100)),
                    through: jump
                )
                proxy.stall()
                let error = await #expect(throws: SSHError.self) { try await last.execute("echo never") }
                #expect(error == .connectionLost(through, reason: "no sign of life for \(Duration.milliseconds(300))"))
                await last.close()
                await jump.close()
            }
        }
    }

    // MARK: Forwarded ports

    private func echoServer(_ body: (Int) async throws -> Void) async throws {
        let listener = try await ServerBootstrap(group: Self.group)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(EchoHandler())
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        do { try await body(listener.localAddress?.port ?? 0) } catch {
            try await listener.close()
            throw error
        }
        try await listener.close()
    }

    private func exchange(_ bytes: ByteBuffer, port: Int) async throws -> ByteBuffer {
        let channel = try await ClientBootstrap(group: Self.group)
            .channelOption(.allowRemoteHalfClosure, value: true)
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(
                        wrappingChannelSynchronously: channel,
                        configuration: .init(isOutboundHalfClosureEnabled: true)
                    )
                }
            }
        return try await channel.executeThenClose { inbound, outbound in
            try await outbound.write(bytes)
            outbound.finish()
            var all = ByteBuffer()
            for try await var part in inbound { all.writeBuffer(&part) }
            return all
        }
    }

    @Test(arguments: [1, 70_000, 5_000_000])
    func `a forwarded port carries bytes both ways and their end`(count: Int) async throws {
        try await echoServer { echo in
            try await LoopbackSSHD.connected { connection in
                let sent = ByteBuffer(bytes: TransferTests.content(count))
                let received = try await connection.withForwardedPort(to: "127.0.0.1", port: echo) { port in
                    try await exchange(sent, port: port)
                }
                #expect(received == sent)
            }
        }
    }

    @Test func `a forwarded port serves many at once and closes with its scope`() async throws {
        try await echoServer { echo in
            try await LoopbackSSHD.connected { connection in
                let used = try await connection.withForwardedPort(to: "127.0.0.1", port: echo) { port in
                    try await withThrowingTaskGroup(of: Bool.self) { group in
                        for number in 0..<20 {
                            group.addTask {
                                let sent = ByteBuffer(bytes: TransferTests.content(100_000, seed: UInt64(number)))
                                return try await exchange(sent, port: port) == sent
                            }
                        }
                        for try await isEqual in group { #expect(isEqual) }
                    }
                    return port
                }
                await #expect(throws: (any Error).self) { try await exchange(ByteBuffer(string: "x"), port: used) }
                #expect(try await connection.execute("echo on").standardOutput.text == "on\n")
            }
        }
    }

    @Test func `a destination that refuses closes the local connection and is told`() async throws {
        try await LoopbackSSHD.connected { connection in
            let closed = try await LoopbackSSHD.freePort()
            let (failures, failure) = AsyncStream.makeStream(of: String.self)
            let forwarding = try await connection.forward(to: "127.0.0.1", port: closed) { failure.yield("\($0)") }
            // What was sent is lost with the connection, which the sender may be told by a reset.
            let received = try? await exchange(ByteBuffer(string: "x"), port: forwarding.port)
            #expect(received?.readableBytes ?? 0 == 0)
            for await text in failures {
                #expect(text.contains("127.0.0.1:\(closed)"))
                break
            }
            await forwarding.close()
        }
    }

    @Test func `a port that is taken is named`() async throws {
        try await echoServer { echo in
            try await LoopbackSSHD.connected { connection in
                let error = await #expect(throws: SSHError.self) {
                    try await connection.forward(to: "127.0.0.1", port: 1, localPort: echo)
                }
                #expect(error == .portUnusable(echo, reason: "Address already in use"))
            }
        }
    }

    @Test func `the end of a connection ends its forwarded ports`() async throws {
        try await echoServer { echo in
            try await LoopbackSSHD.run { server in
                let connection = try await server.connect()
                let forwarding = try await connection.forward(to: "127.0.0.1", port: echo)
                await connection.close()
                await forwarding.close()
                await #expect(throws: (any Error).self) {
                    try await exchange(ByteBuffer(string: "x"), port: forwarding.port)
                }
            }
        }
    }
}

/// Sends back what it gets, and ends when the other side ends.
private final class EchoHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        context.writeAndFlush(wrapOutboundOut(unwrapInboundIn(data)), promise: nil)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case ChannelEvent.inputClosed = event { context.close(promise: nil) }
    }
}
