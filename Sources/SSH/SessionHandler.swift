// Drives one libssh2 session on the event loop of its NIO channel.
import NIOCore

/// Feeds a session with what arrives, sends what it writes, and steps its operations in between.
///
/// Set-up operations and channel openings go through one queue, first in, first out: libssh2 allows only one of
/// them at a time. Running commands have channels, hence state, of their own and take turns.
final class SessionHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let endpoint: SSHEndpoint
    private var session: Session?
    private var context: ChannelHandlerContext?
    private var setup: [any SessionOperation] = []
    var commands: CommandTable
    private var isDriving = false
    /// Why nothing can run here any more.
    private(set) var end: SSHError?
    private var ioFailure: (any Error)?

    init(endpoint: SSHEndpoint, session: Session) {
        self.endpoint = endpoint
        self.session = session
        self.commands = CommandTable()
    }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) {
        finish(.connectionClosed(endpoint))
        self.context = nil
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        session?.wire.append(unwrapInboundIn(data))
    }

    func channelReadComplete(context: ChannelHandlerContext) { drive() }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        session?.wire.isCongested = !context.channel.isWritable
        if context.channel.isWritable { drive() }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        ioFailure = error
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        drive()
        finish(lossError)
    }

    private var lossError: SSHError {
        guard session?.hasBanner == true else { return .noBanner(endpoint) }
        let reason = (ioFailure as? IOError).map { Platform.message(ofErrno: $0.errnoCode) }
        return .connectionLost(endpoint, reason: reason ?? ioFailure.map { "\($0)" } ?? "the server closed it")
    }

    // MARK: Work

    /// Queues a set-up operation; when `limit` passes first, the connection is given up.
    func start<Value>(_ operation: SetupOperation<Value>, limit: Duration, timeout: @escaping (Session) -> SSHError) {
        if let end { return operation.fail(end) }
        operation.deadline = context?.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(limit)) {
            guard let session = self.session else { return }
            self.finish(timeout(session))
        }
        setup.append(operation)
        drive()
    }

    /// Queues a command; when `limit` passes before it ends, its channel is closed.
    func start(_ command: Command, limit: Duration?) {
        if let end { return command.settle(.failure(end)) }
        if let limit {
            let endpoint = endpoint
            command.deadline = context?.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(limit)) {
                self.stop(command.id, SSHError.commandTimedOut(endpoint, after: limit))
            }
        }
        commands.add(command)
        drive()
    }

    /// Ends a command from outside; the other commands go on.
    func stop(_ id: UInt64, _ error: any Error) {
        commands.settle(id, error)
        drive()
    }

    /// Says goodbye to the server and ends everything.
    func leave() {
        guard end == nil else { return }
        session?.disconnect()
        flush()
        finish(.connectionClosed(endpoint))
    }

    /// Fails whatever is still under way, frees the session and closes the channel.
    func finish(_ error: SSHError, as cause: (any Error)? = nil) {
        guard end == nil else { return }
        end = error
        for operation in setup { operation.fail(cause ?? error) }
        setup = []
        commands.endAll(cause ?? error)
        if !isDriving { session = nil }
        context?.close(promise: nil)
    }

    // MARK: The drive

    private func drive() {
        guard !isDriving, end == nil, let session else { return }
        isDriving = true
        var isMoving = true
        while isMoving, end == nil {
            let before = session.wire.inbound.readableBytes
            let advanced = advanceSetup(session)
            let moved = advanceCommands(session)
            flush()
            isMoving = advanced || moved || session.wire.inbound.readableBytes != before
        }
        isDriving = false
        if end != nil { self.session = nil }
    }

    private func advanceSetup(_ session: Session) -> Bool {
        guard let first = setup.first, first.advance(session) else { return false }
        // A caller's callback may have ended everything meanwhile.
        if !setup.isEmpty { setup.removeFirst() }
        return true
    }

    private func advanceCommands(_ session: Session) -> Bool {
        guard setup.isEmpty else { return false }
        do {
            return try commands.advance(session, endpoint: endpoint) { pause in
                self.context?.eventLoop.assumeIsolated().scheduleTask(in: pause) {
                    self.commands.resume()
                    self.drive()
                }
            }
        } catch {
            finish(.connectionLost(endpoint, reason: error.message))
            return false
        }
    }

    private func flush() {
        guard let context, let bytes = session?.wire.takeOutbound() else { return }
        context.writeAndFlush(wrapOutboundOut(bytes), promise: nil)
    }
}
