import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// A web server on the loopback whose answer can be changed while it runs.
final class LocalWeb: Sendable {
    struct Answer: Sendable {
        var status = HTTPResponseStatus.ok
        var body = "all well"
        /// False keeps the client waiting for ever.
        var answers = true
    }

    private let answer = Mutex(Answer())
    private let hosts = Mutex<[String]>([])
    private let channel = Mutex<(any Channel)?>(nil)

    var port: Int { channel.withLock { $0?.localAddress?.port } ?? 0 }
    /// What the requests' Host headers said.
    var seenHosts: [String] { hosts.withLock { $0 } }

    func set(_ change: (inout Answer) -> Void) { answer.withLock { change(&$0) } }

    /// Runs `body` beside the server.
    static func with<Value>(_ body: (LocalWeb) async throws -> Value) async throws -> Value {
        let web = LocalWeb()
        let channel = try await web.listen()
        do {
            let value = try await body(web)
            try await channel.close()
            return value
        } catch {
            try? await channel.close()
            throw error
        }
    }

    private func listen() async throws -> any Channel {
        let bound = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(Responder(self))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        channel.withLock { $0 = bound }
        return bound
    }

    private final class Responder: ChannelInboundHandler {
        typealias InboundIn = HTTPServerRequestPart
        typealias OutboundOut = HTTPServerResponsePart

        private let web: LocalWeb

        init(_ web: LocalWeb) { self.web = web }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            if case .head(let head) = unwrapInboundIn(data) {
                web.hosts.withLock { $0.append(head.headers["host"].first ?? "") }
            }
            guard case .end = unwrapInboundIn(data) else { return }
            let answer = web.answer.withLock { $0 }
            guard answer.answers else { return }
            let head = HTTPResponseHead(
                version: .http1_1,
                status: answer.status,
                headers: ["Content-Length": "\(answer.body.utf8.count)", "Connection": "close", "Location": "/other"]
            )
            context.write(wrapOutboundOut(.head(head)), promise: nil)
            context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: answer.body)))), promise: nil)
            context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
            context.close(promise: nil)
        }
    }
}
