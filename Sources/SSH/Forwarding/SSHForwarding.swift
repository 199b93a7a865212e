// Local port forwarding: connections to a port here come out at the server's side.
import NIOCore
import NIOPosix

/// A port of this machine's loopback whose connections the server carries on.
package final class SSHForwarding: Sendable {
    /// The port on 127.0.0.1.
    package let port: Int
    private let listener: any Channel
    private let children: NIOLoopBound<ForwardedConnections>

    init(_ listener: any Channel, port: Int, children: NIOLoopBound<ForwardedConnections>) {
        self.listener = listener
        self.port = port
        self.children = children
    }

    /// Whether it still takes connections: not once the connection that carries them is gone.
    package var isOpen: Bool { listener.isActive }

    /// Stops listening and closes every connection. Closing twice is fine.
    package func close() async {
        let children = children
        try? await listener.close().get()
        try? await listener.eventLoop.flatSubmit { children.value.closeAll(on: self.listener.eventLoop) }.get()
    }
}

extension SSHConnection {
    /// Listens on a port of the loopback; each connection to it goes through the server to `host` and `port`.
    ///
    /// - Parameters:
    ///   - localPort: 0 for one that is free.
    ///   - connectLimit: how long the server may take to connect.
    ///   - onFailure: called on the event loop when a connection could not be made from the server.
    /// - Throws: ``SSHError/portUnusable(_:reason:)``.
    package func forward(
        to host: String,
        port: Int,
        localPort: Int = 0,
        connectLimit: Duration = .seconds(10),
        onFailure: (@Sendable (any Error) -> Void)? = nil
    ) async throws -> SSHForwarding {
        let (loop, engine) = (loop, engine)
        let children = try await loop.submit { NIOLoopBound(ForwardedConnections(), eventLoop: loop) }.get()
        let destination = ByteStream.Destination.address(host: host, port: port)
        let bootstrap = ServerBootstrap(group: loop)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelInitializer { [self] channel in
                let id = nextID()
                return channel.eventLoop.makeCompletedFuture {
                    children.value.add(channel)
                    let socket = ForwardedSocket(channel, onFailure: onFailure)
                    let stream = ByteStream(id: id, to: destination, on: engine.value, consumer: socket)
                    try channel.pipeline.syncOperations.addHandler(socket)
                    socket.start(stream, on: engine.value, limit: connectLimit)
                }
            }
        do {
            let listener = try await bootstrap.bind(host: "127.0.0.1", port: localPort).get()
            closing.whenComplete { _ in listener.close(promise: nil) }
            return SSHForwarding(listener, port: listener.localAddress?.port ?? localPort, children: children)
        } catch {
            let reason = (error as? IOError).map { Platform.message(ofErrno: $0.errnoCode) } ?? "\(error)"
            throw SSHError.portUnusable(localPort, reason: reason)
        }
    }

    /// Forwards a free port for the time of `body`, which is given the port.
    package func withForwardedPort<Value>(
        to host: String,
        port: Int,
        _ body: (_ localPort: Int) async throws -> Value
    ) async throws -> Value {
        let forwarding = try await forward(to: host, port: port)
        do {
            let value = try await body(forwarding.port)
            await forwarding.close()
            return value
        } catch {
            await forwarding.close()
            throw error
        }
    }
}

/// The open connections of one forwarding. Lives on the event loop.
final class ForwardedConnections {
    private var channels: [ObjectIdentifier: any Channel] = [:]

    func add(_ channel: any Channel) {
        let id = ObjectIdentifier(channel)
        channels[id] = channel
        channel.closeFuture.assumeIsolated().whenComplete { _ in self.channels[id] = nil }
    }

    func closeAll(on loop: any EventLoop) -> EventLoopFuture<Void> {
        let open = Array(channels.values)
        for channel in open { channel.close(promise: nil) }
        return EventLoopFuture.andAllComplete(open.map(\.closeFuture), on: loop)
    }
}

/// One accepted connection, glued to its stream.
final class ForwardedSocket: ChannelInboundHandler, StreamConsumer {
    typealias InboundIn = ByteBuffer

    private let channel: any Channel
    private let onFailure: (@Sendable (any Error) -> Void)?
    private var stream: ByteStream?
    private var isOpen = false

    init(_ channel: any Channel, onFailure: (@Sendable (any Error) -> Void)?) {
        self.channel = channel
        self.onFailure = onFailure
    }

    func start(_ stream: ByteStream, on engine: SessionEngine, limit: Duration) {
        self.stream = stream
        engine.start(stream, limit: limit, timeout: SSHError.timedOut(engine.endpoint, .forwarding, after: limit))
    }

    // MARK: From the socket

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        stream?.write(unwrapInboundIn(data))
        if stream?.isFull == true { setReading(false) }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable { stream?.resume() }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case ChannelEvent.inputClosed = event { stream?.endOutgoing() }
        context.fireUserInboundEventTriggered(event)
    }

    func channelInactive(context: ChannelHandlerContext) { stream?.close(nil) }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    private func setReading(_ isReading: Bool) {
        // A channel that is gone needs neither.
        channel.setOption(.autoRead, value: isReading).whenFailure { _ in }
    }

    // MARK: From the stream

    func streamOpened() { isOpen = true }

    func streamReceived(_ bytes: ByteBuffer) {
        channel.write(bytes, promise: nil)
        if !channel.isWritable { stream?.isPaused = true }
    }

    func streamReadComplete() { channel.flush() }

    func streamWritable() { setReading(true) }

    func streamEnded(_ error: (any Error)?) {
        stream = nil
        if let error, !isOpen { onFailure?(error) }
        channel.flush()
        channel.close(promise: nil)
    }
}
