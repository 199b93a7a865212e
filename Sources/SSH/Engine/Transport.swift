// What carries a session's bytes: a TCP connection, or a channel of another session.
import NIOCore

/// Takes a session's bytes to the server. Lives on the session's event loop.
protocol Transport: AnyObject {
    func send(_ bytes: ByteBuffer)
    /// Closes it; the engine hears of the end through `transportClosed`.
    func close()
}

/// A TCP connection as the transport of a session.
final class TCPTransport: ChannelInboundHandler, Transport {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let engine: SessionEngine
    private var context: ChannelHandlerContext?
    private var failure: (any Error)?

    init(_ engine: SessionEngine) {
        self.engine = engine
        engine.transport = self
    }

    func send(_ bytes: ByteBuffer) { context?.writeAndFlush(wrapOutboundOut(bytes), promise: nil) }

    func close() { context?.close(promise: nil) }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        engine.transportClosed(reason: reason)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) { engine.append(unwrapInboundIn(data)) }

    func channelReadComplete(context: ChannelHandlerContext) { engine.drive() }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        engine.isCongested = !context.channel.isWritable
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        failure = error
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) { engine.transportClosed(reason: reason) }

    private var reason: String? {
        guard let failure else { return nil }
        return (failure as? IOError).map { Platform.message(ofErrno: $0.errnoCode) } ?? "\(failure)"
    }
}
