// The conversation with an SSH agent (draft-miller-ssh-agent): which keys it holds, and signatures by them.
import CLibSSH2
import DequeModule
import NIOCore
import NIOPosix

/// A key that an agent holds.
struct AgentKey: Sendable, Hashable {
    let publicKey: HostKey
    let comment: String

    /// What libssh2 can log in with; it knows neither certificates nor security keys.
    var isSupported: Bool { LibSSH2.Offer.hostKeys.contains(publicKey.type) }
}

/// What an agent does not do.
enum AgentFailure: Error, CustomStringConvertible {
    case unreachable(String)
    case refused
    case garbled

    var description: String {
        switch self {
        case .unreachable(let reason): reason
        case .refused: "it refused"
        case .garbled: "its answer makes no sense"
        }
    }
}

/// One connection to an agent, on the event loop of the session that logs in with it.
final class AgentConnection: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private enum Message {
        static let identitiesRequest: UInt8 = 11
        static let identitiesAnswer: UInt8 = 12
        static let signRequest: UInt8 = 13
        static let signResponse: UInt8 = 14
        static let longest = 262_144
    }

    private var context: ChannelHandlerContext?
    private var waiting: Deque<EventLoopPromise<ByteBuffer>> = []
    private var inbound = ByteBuffer()

    /// - Parameter limit: until the agent has to be connected.
    static func open(
        _ path: String,
        on loop: any EventLoop,
        limit: Duration
    ) async throws(AgentFailure) -> NIOLoopBound<AgentConnection> {
        let opened = loop.makePromise(of: NIOLoopBound<AgentConnection>.self)
        let bootstrap = ClientBootstrap(group: loop)
            .connectTimeout(TimeAmount(limit))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let agent = AgentConnection()
                    try channel.pipeline.syncOperations.addHandler(agent)
                    opened.succeed(NIOLoopBound(agent, eventLoop: loop))
                }
            }
        do {
            _ = try await bootstrap.connect(unixDomainSocketPath: path).get()
            return try await opened.futureResult.get()
        } catch {
            opened.fail(error)
            throw .unreachable((error as? IOError).map { Platform.message(ofErrno: $0.errnoCode) } ?? "\(error)")
        }
    }

    // MARK: Requests

    func identities() -> EventLoopFuture<[AgentKey]>? {
        request(Message.identitiesRequest) { _ in }?.flatMapThrowing { answer in
            var answer = answer
            guard answer.readInteger(as: UInt8.self) == Message.identitiesAnswer else { throw AgentFailure.refused }
            guard let count = answer.readInteger(as: UInt32.self) else { throw AgentFailure.garbled }
            var keys: [AgentKey] = []
            for _ in 0..<min(count, 4_096) {
                guard let blob = answer.readSSHString(), let comment = answer.readSSHString() else {
                    throw AgentFailure.garbled
                }
                guard let key = HostKey(blob: Array(blob.readableBytesView)) else { continue }
                keys.append(AgentKey(publicKey: key, comment: String(buffer: comment)))
            }
            return keys
        }
    }

    /// - Returns: the signature without the name of its algorithm, as libssh2 wants it.
    func sign(_ data: ByteBuffer, with key: HostKey) -> EventLoopFuture<[UInt8]>? {
        let answer = request(Message.signRequest) { message in
            message.writeSSHString(ByteBuffer(bytes: key.blob))
            message.writeSSHString(data)
            message.writeInteger(Self.flags(forSigning: data))
        }
        return answer?.flatMapThrowing { answer in
            var answer = answer
            guard answer.readInteger(as: UInt8.self) == Message.signResponse else { throw AgentFailure.refused }
            var blob = answer.readSSHString()
            guard blob?.readSSHString() != nil, let signature = blob?.readSSHString() else {
                throw AgentFailure.garbled
            }
            return Array(signature.readableBytesView)
        }
    }

    /// RSA keys sign with the digest that the request names (RFC 8332): session id, message, user, service, method,
    /// true, algorithm (RFC 4252, section 7).
    private static func flags(forSigning data: ByteBuffer) -> UInt32 {
        var data = data
        guard data.readSSHString() != nil, data.readInteger(as: UInt8.self) != nil, data.readSSHString() != nil,
            data.readSSHString() != nil, data.readSSHString() != nil, data.readInteger(as: UInt8.self) != nil,
            let algorithm = data.readSSHString()
        else { return 0 }
        return switch String(buffer: algorithm) {
        case "rsa-sha2-256": 2
        case "rsa-sha2-512": 4
        default: 0
        }
    }

    func close() { context?.close(promise: nil) }

    private func request(_ kind: UInt8, _ body: (inout ByteBuffer) -> Void) -> EventLoopFuture<ByteBuffer>? {
        guard let context else { return nil }
        var message = ByteBuffer()
        message.writeInteger(UInt32(0))
        message.writeInteger(kind)
        body(&message)
        message.setInteger(UInt32(message.readableBytes - 4), at: 0)
        let promise = context.eventLoop.makePromise(of: ByteBuffer.self)
        waiting.append(promise)
        context.writeAndFlush(wrapOutboundOut(message), promise: nil)
        return promise.futureResult
    }

    // MARK: The socket

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) { end() }

    func channelInactive(context: ChannelHandlerContext) { end() }

    private func end() {
        context = nil
        let left = waiting
        waiting = []
        for promise in left { promise.fail(AgentFailure.unreachable("it closed the connection")) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        inbound.writeImmutableBuffer(unwrapInboundIn(data))
        while let length = inbound.getInteger(at: inbound.readerIndex, as: UInt32.self) {
            guard length > 0, length <= Message.longest else { return context.close(promise: nil) }
            guard inbound.readableBytes >= Int(length) + 4 else { return }
            inbound.moveReaderIndex(forwardBy: 4)
            guard let answer = inbound.readSlice(length: Int(length)), let promise = waiting.popFirst() else {
                return context.close(promise: nil)
            }
            promise.succeed(answer)
        }
    }
}

extension ByteBuffer {
    /// A length and so many bytes (RFC 4251, section 5).
    mutating func readSSHString() -> ByteBuffer? {
        guard let length = readInteger(as: UInt32.self) else { return nil }
        return readSlice(length: Int(length))
    }

    mutating func writeSSHString(_ bytes: ByteBuffer) {
        writeInteger(UInt32(bytes.readableBytes))
        writeImmutableBuffer(bytes)
    }

    mutating func writeSSHString(_ text: String) {
        writeInteger(UInt32(text.utf8.count))
        writeString(text)
    }
}
