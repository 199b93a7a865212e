// A TCP server that misbehaves in one fixed way.
import NIOCore
import NIOPosix
import SSH
import Synchronization

/// Accepts connections ; what happens then is up to its `Behaviour`.
final class ScriptedServer: Sendable {
    enum Behaviour: Sendable {
        case silent
        case dropsAtOnce
        case says(String)
        /// Says it again and again, as fast as it is taken.
        case repeats(String)
    }

    private final class Script: ChannelInboundHandler, Sendable {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer
        let behaviour: Behaviour

        init(_ behaviour: Behaviour) { self.behaviour = behaviour }

        func channelActive(context: ChannelHandlerContext) {
            switch behaviour {
            case .silent: break
            case .dropsAtOnce: context.close(promise: nil)
            case .repeats(let text): ScriptedServer.pour(ByteBuffer(string: text), into: context.channel)
            case .says(let text):
                let channel = context.channel
                context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: text)))
                    .whenComplete { _ in channel.close(promise: nil) }
            }
        }
    }

    private static func pour(_ bytes: ByteBuffer, into channel: any Channel) {
        channel.writeAndFlush(bytes).whenSuccess {
            // Not at once: a write that is done at once would lead to the next one for ever.
            channel.eventLoop.execute { Self.pour(bytes, into: channel) }
        }
    }

    private let listener: any Channel
    let accepted: AsyncStream<any Channel>
    var endpoint: SSHEndpoint {
        SSHEndpoint(host: "127.0.0.1", port: listener.localAddress?.port ?? 0, user: "nobody")
    }

    private init(listener: any Channel, accepted: AsyncStream<any Channel>) {
        self.listener = listener
        self.accepted = accepted
    }

    static func run<Value>(_ behaviour: Behaviour, _ body: (ScriptedServer) async throws -> Value) async throws -> Value
    {
        let (stream, continuation) = AsyncStream.makeStream(of: (any Channel).self)
        let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                continuation.yield(channel)
                return channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Script(behaviour))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let server = ScriptedServer(listener: listener, accepted: stream)
        do {
            let value = try await body(server)
            try await listener.close()
            return value
        } catch {
            try await listener.close()
            throw error
        }
    }

    /// Waits for the next connection.
    func nextConnection() async -> (any Channel)? {
        var connections = accepted.makeAsyncIterator()
        return await connections.next()
    }
}

/// A clock whose sleeps return at once and are written down.
final class RecordingClock: Clock {
    struct Instant: InstantProtocol {
        var offset: Duration
        func advanced(by duration: Duration) -> Instant { Instant(offset: offset + duration) }
        func duration(to other: Instant) -> Duration { other.offset - offset }
        static func < (left: Instant, right: Instant) -> Bool { left.offset < right.offset }
    }

    private let state = Mutex<(now: Instant, pauses: [Duration])>((Instant(offset: .zero), []))

    var now: Instant { state.withLock { $0.now } }
    var minimumResolution: Duration { .nanoseconds(1) }
    var pauses: [Duration] { state.withLock { $0.pauses } }

    func sleep(until deadline: Instant, tolerance: Duration?) async throws {
        try Task.checkCancellation()
        state.withLock { state in
            state.pauses.append(state.now.duration(to: deadline))
            state.now = deadline
        }
    }
}
