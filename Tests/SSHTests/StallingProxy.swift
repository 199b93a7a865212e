// A TCP proxy before a server that can be told to misbehave at any moment.
import NIOCore
import NIOPosix
import Synchronization

/// Passes bytes on, until told to swallow them or to reset its connections.
final class StallingProxy: Sendable {
    private struct State {
        var isStalled = false
        var channels: [any Channel] = []
        /// Bytes from the server after which all is reset; nil for never.
        var resetAfter: Int?
        /// Bytes after which all is swallowed; nil for never.
        var stallAfter: Int?
        var passed = 0
    }

    private let state = Mutex(State())
    private let listener = Mutex<(any Channel)?>(nil)

    var port: Int { listener.withLock { $0?.localAddress?.port ?? 0 } }

    static func run<Value>(to port: Int, _ body: (StallingProxy) async throws -> Value) async throws -> Value {
        let proxy = StallingProxy()
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelOption(.autoRead, value: false)
            .childChannelInitializer { client in proxy.join(client, to: port) }
            .bind(host: "127.0.0.1", port: 0).get()
        proxy.listener.withLock { $0 = channel }
        do {
            let value = try await body(proxy)
            await proxy.close()
            return value
        } catch {
            await proxy.close()
            throw error
        }
    }

    /// How many bytes have passed, both ways together.
    var passed: Int { state.withLock { $0.passed } }

    /// Swallows everything from now on.
    func stall() { state.withLock { $0.isStalled = true } }

    /// Resets every connection, as a host does that lost its power and is back.
    func reset() {
        let channels = state.withLock { state in
            defer { state.channels = [] }
            return state.channels
        }
        for channel in channels {
            guard let options = channel as? any SocketOptionProvider else { continue }
            options.setSoLinger(linger(l_onoff: 1, l_linger: 0)).whenComplete { _ in channel.close(promise: nil) }
        }
    }

    /// Resets once so many bytes have come from the server, or gone to it.
    func reset(after bytes: Int) {
        state.withLock { state in
            state.resetAfter = bytes
            state.passed = 0
        }
    }

    /// Swallows everything once so many bytes have passed.
    func stall(after bytes: Int) {
        state.withLock { state in
            state.stallAfter = bytes
            state.passed = 0
        }
    }

    private func join(_ client: any Channel, to port: Int) -> EventLoopFuture<Void> {
        ClientBootstrap(group: client.eventLoop)
            .channelOption(.autoRead, value: false)
            .connect(host: "127.0.0.1", port: port)
            .flatMapThrowing { server in
                try client.pipeline.syncOperations.addHandler(Pipe(to: server, self))
                try server.pipeline.syncOperations.addHandler(Pipe(to: client, self))
                self.state.withLock { $0.channels += [client, server] }
            }
            .map { client.eventLoop.execute { self.startReading() } }
    }

    private func startReading() {
        for channel in state.withLock({ $0.channels }) {
            channel.setOption(.autoRead, value: true).whenFailure { _ in }
        }
    }

    private func close() async {
        try? await listener.withLock { $0 }?.close().get()
        for channel in state.withLock({ $0.channels }) { try? await channel.close().get() }
    }

    /// Whether bytes pass on; counts them.
    private func passes(_ count: Int) -> Bool {
        let (stalled, isDue) = state.withLock { state in
            state.passed += count
            if let limit = state.stallAfter, state.passed >= limit { state.isStalled = true }
            return (state.isStalled, state.resetAfter.map { state.passed >= $0 } ?? false)
        }
        if isDue { reset() }
        return !stalled && !isDue
    }

    private final class Pipe: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        private let target: any Channel
        private let proxy: StallingProxy

        init(to target: any Channel, _ proxy: StallingProxy) {
            self.target = target
            self.proxy = proxy
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let bytes = unwrapInboundIn(data)
            if proxy.passes(bytes.readableBytes) { target.writeAndFlush(bytes, promise: nil) }
        }

        func channelInactive(context: ChannelHandlerContext) { target.close(promise: nil) }

        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }
}
