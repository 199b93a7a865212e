import Foundation
import NIOCore
import NIOPosix
import Synchronization

/// A way to the API server that can be cut, or stand still, without the server's knowledge.
final class Relay: Sendable {
    private let pairs = Mutex<[Pair]>([])
    private let listener: any Channel
    private let group: MultiThreadedEventLoopGroup

    private struct Pair {
        let client: any Channel
        let server: any Channel
    }

    /// Relays to a port of 127.0.0.1 while `body` runs.
    static func with<Value>(to port: Int, _ body: (Relay) async throws -> Value) async throws -> Value {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let born = Mutex<Relay?>(nil)
        let listener = try await ServerBootstrap(group: group)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.autoRead, value: false)
            .childChannelInitializer { client in
                ClientBootstrap(group: client.eventLoop)
                    .channelOption(.autoRead, value: false)
                    .connect(host: "127.0.0.1", port: port)
                    .flatMapThrowing { server in
                        try client.pipeline.syncOperations.addHandler(Forwarder(to: server))
                        try server.pipeline.syncOperations.addHandler(Forwarder(to: client))
                        born.withLock { $0 }?.keep(Pair(client: client, server: server))
                        Self.set(reading: true, [client, server])
                    }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let relay = Relay(listener, group)
        born.withLock { $0 = relay }
        let outcome: Result<Value, any Error>
        do { outcome = .success(try await body(relay)) } catch { outcome = .failure(error) }
        born.withLock { $0 = nil }
        try? await group.shutdownGracefully()
        return try outcome.get()
    }

    private init(_ listener: any Channel, _ group: MultiThreadedEventLoopGroup) {
        self.listener = listener
        self.group = group
    }

    var port: Int { listener.localAddress?.port ?? 0 }

    /// Ends every open connection, also those that stand still. New ones are let through.
    func cut() {
        for pair in pairs.withLock({ pairs in
            defer { pairs = [] }; return pairs
        }) {
            pair.client.close(promise: nil)
            pair.server.close(promise: nil)
        }
    }

    /// From now on nothing passes on the connections that are open: who listens on them sees what was. New ones work.
    func freeze() {
        for pair in pairs.withLock({ $0 }) { Self.set(reading: false, [pair.client, pair.server]) }
    }

    private func keep(_ pair: Pair) { pairs.withLock { $0.append(pair) } }

    private static func set(reading: Bool, _ channels: [any Channel]) {
        for channel in channels { channel.setOption(.autoRead, value: reading).whenComplete { _ in } }
    }
}

/// Hands on what arrives, and the end.
private final class Forwarder: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let peer: any Channel

    init(to peer: any Channel) { self.peer = peer }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        peer.writeAndFlush(unwrapInboundIn(data), promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) { peer.close(promise: nil) }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}

extension Lab {
    /// A kubeconfig that leads through the relay.
    func kubeconfig(_ name: String, through relay: Relay, in scratch: Scratch) throws -> String {
        let text = try String(contentsOfFile: kubeconfig(name), encoding: .utf8)
        return try scratch.write("relayed", text.replacing(server, with: "https://127.0.0.1:\(relay.port)"))
    }

    var port: Int { Int(server.split(separator: ":").last ?? "") ?? 6443 }
}
