import ClusterModel
import NIOCore
import NIOPosix
import NIOSSL
import NIOTLS

/// The certificate that a server shows, looked at only to say what is wrong with it: a failed handshake tells that in
/// words only, so each possible reason is tried for itself.
enum PeerCertificate {
    /// How one handshake went.
    enum Look<Fact: Sendable>: Sendable {
        case done(Fact)
        /// One of the two sides refused the other.
        case failed
        /// There was no connection, or it ended in between.
        case lost
    }

    /// Begins one more handshake, reads until when the certificate is valid, and breaks it off; failed where the server
    /// speaks something else.
    static func end(at address: APIAddress?) async -> Look<Instant> {
        await handshake(with: address, .makeClientConfiguration()) { context, end in
            let look: @Sendable ([NIOSSLCertificate], EventLoopPromise<NIOSSLVerificationResult>) -> Void = {
                let instant = $0.first.map { Instant(milliseconds: Int64($0.notValidAfter) * 1000) }
                end.succeed(instant.map { .done($0) } ?? .failed)
                $1.succeed(.failed)
            }
            return try NIOSSLClientHandler(context: context, serverHostname: nil, customVerificationCallback: look)
        } completed: {
            .failed
        }
    }

    /// Whether our side of a handshake succeeds that shows no certificate of ours, so that only the server's can be at
    /// fault.
    static func trust(at address: APIAddress?, _ config: Kubeconfig) async -> Look<Void> {
        var anonymous = config
        anonymous.certificate = nil
        anonymous.key = nil
        guard var tls = try? TLSMaterial.configuration(for: anonymous) else { return .failed }
        if tls.certificateVerification == .fullVerification { tls.certificateVerification = .noHostnameVerification }
        return await handshake(with: address, tls) { context, _ in
            try NIOSSLClientHandler(context: context, serverHostname: nil)
        } completed: {
            .done(())
        }
    }

    /// What is learnt from one connection.
    private static func handshake<Fact>(
        with address: APIAddress?,
        _ tls: TLSConfiguration,
        handler: @escaping @Sendable (NIOSSLContext, EventLoopPromise<Look<Fact>>) throws -> NIOSSLClientHandler,
        completed: @escaping @Sendable () -> Look<Fact>
    ) async -> Look<Fact> {
        guard let address else { return .lost }
        guard let context = try? NIOSSLContext(configuration: tls) else { return .failed }
        let loop = MultiThreadedEventLoopGroup.singleton.any()
        let look = loop.makePromise(of: Look<Fact>.self)
        let bootstrap = ClientBootstrap(group: loop).connectTimeout(.seconds(5)).channelInitializer { channel in
            channel.eventLoop.makeCompletedFuture {
                let pipeline = channel.pipeline.syncOperations
                try pipeline.addHandler(try handler(context, look))
                try pipeline.addHandler(HandshakeWatch(look: look, completed: completed))
            }
        }
        guard let channel = try? await bootstrap.connect(host: address.host, port: address.port).get() else {
            look.succeed(.lost)
            return .lost
        }
        channel.closeFuture.whenComplete { _ in look.succeed(.lost) }
        let result = try? await look.futureResult.get()
        channel.close(promise: nil)
        return result ?? .lost
    }
}

/// Waits for the end of our side of a handshake. A server that insists on a certificate of ours refuses only after it.
private final class HandshakeWatch<Fact: Sendable>: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    let look: EventLoopPromise<PeerCertificate.Look<Fact>>
    let completed: @Sendable () -> PeerCertificate.Look<Fact>

    init(
        look: EventLoopPromise<PeerCertificate.Look<Fact>>,
        completed: @escaping @Sendable () -> PeerCertificate.Look<Fact>
    ) {
        self.look = look
        self.completed = completed
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .handshakeCompleted? = event as? TLSUserEvent { look.succeed(completed()) }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        switch error {
        case NIOSSLError.handshakeFailed(.sslError([.eofDuringHandshake])): break
        case NIOSSLError.handshakeFailed: look.succeed(.failed)
        default: break
        }
        context.close(promise: nil)
    }
}
