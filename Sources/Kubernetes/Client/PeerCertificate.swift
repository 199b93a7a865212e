import ClusterModel
import Foundation
import NIOCore
import NIOPosix
import NIOSSL
import NIOTLS

/// The certificate that a server shows, looked at only to say what is wrong with it: a failed handshake tells that in
/// words only, so each possible reason is tried for itself.
enum PeerCertificate {
    /// Begins one more handshake, reads until when the certificate is valid, and breaks it off; nil where the server
    /// shows none, as one that does not speak TLS.
    static func end(at config: Kubeconfig) async -> Instant? {
        await handshake(with: config, .makeClientConfiguration()) { context, end in
            let look: @Sendable ([NIOSSLCertificate], EventLoopPromise<NIOSSLVerificationResult>) -> Void = {
                end.succeed($0.first.map { Instant(milliseconds: Int64($0.notValidAfter) * 1000) })
                $1.succeed(.failed)
            }
            return [
                try NIOSSLClientHandler(context: context, serverHostname: nil, customVerificationCallback: look)
            ]
        }
    }

    /// Whether our side of a handshake succeeds that shows no certificate of ours, so that only the server's can be at
    /// fault.
    static func isTrusted(at config: Kubeconfig) async -> Bool {
        var anonymous = config
        anonymous.certificate = nil
        anonymous.key = nil
        guard var tls = try? TLSMaterial.configuration(for: anonymous) else { return false }
        if tls.certificateVerification == .fullVerification { tls.certificateVerification = .noHostnameVerification }
        let isDone = await handshake(with: config, tls) { context, isDone in
            [try NIOSSLClientHandler(context: context, serverHostname: nil), HandshakeWatch(isDone: isDone)]
        }
        return isDone ?? false
    }

    /// What the handlers learn from one connection; nil where it ends before.
    private static func handshake<Fact: Sendable>(
        with config: Kubeconfig,
        _ tls: TLSConfiguration,
        handlers: @escaping @Sendable (NIOSSLContext, EventLoopPromise<Fact?>) throws -> [any ChannelHandler]
    ) async -> Fact? {
        guard let url = URL(string: config.server), let host = url.host() else { return nil }
        guard let context = try? NIOSSLContext(configuration: tls) else { return nil }
        let loop = MultiThreadedEventLoopGroup.singleton.any()
        let fact = loop.makePromise(of: Fact?.self)
        let bootstrap = ClientBootstrap(group: loop).connectTimeout(.seconds(5)).channelInitializer { channel in
            channel.eventLoop.makeCompletedFuture {
                try channel.pipeline.syncOperations.addHandlers(try handlers(context, fact))
            }
        }
        guard let channel = try? await bootstrap.connect(host: host, port: url.port ?? 443).get() else {
            fact.succeed(nil)
            return nil
        }
        channel.closeFuture.whenComplete { _ in fact.succeed(nil) }
        let learnt = try? await fact.futureResult.get()
        channel.close(promise: nil)
        return learnt ?? nil
    }
}

/// Waits for the end of our side of a handshake. A server that insists on a certificate of ours refuses only after it.
private final class HandshakeWatch: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    let isDone: EventLoopPromise<Bool?>

    init(isDone: EventLoopPromise<Bool?>) {
        self.isDone = isDone
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .handshakeCompleted? = event as? TLSUserEvent { isDone.succeed(true) }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }
}
