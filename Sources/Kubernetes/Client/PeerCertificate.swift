import ClusterModel
import Foundation
import NIOCore
import NIOPosix
import NIOSSL

/// The certificate that a server shows, looked at only to say what is wrong with it: a failed handshake tells that in
/// words only, so each possible reason is tried for itself.
enum PeerCertificate {
    /// Begins one more handshake, reads until when the certificate is valid, and breaks it off; nil where the server
    /// shows none, as one that does not speak TLS.
    static func end(at config: Kubeconfig) async -> Instant? {
        let loop = MultiThreadedEventLoopGroup.singleton.any()
        let end = loop.makePromise(of: Instant?.self)
        let channel = try? await connect(to: config, .makeClientConfiguration(), on: loop) { certificates, verdict in
            end.succeed(certificates.first.map { Instant(milliseconds: Int64($0.notValidAfter) * 1000) })
            verdict.succeed(.failed)
        }
        guard let channel else {
            end.succeed(nil)
            return nil
        }
        channel.closeFuture.whenComplete { _ in end.succeed(nil) }
        let instant = try? await end.futureResult.get()
        channel.close(promise: nil)
        return instant
    }

    /// Whether a handshake succeeds that shows no certificate of ours, so that only the server's can be at fault.
    static func isTrusted(at config: Kubeconfig) async -> Bool {
        var anonymous = config
        anonymous.certificate = nil
        anonymous.key = nil
        guard var tls = try? TLSMaterial.configuration(for: anonymous) else { return false }
        if tls.certificateVerification == .fullVerification { tls.certificateVerification = .noHostnameVerification }
        let loop = MultiThreadedEventLoopGroup.singleton.any()
        guard let channel = try? await connect(to: config, tls, on: loop, verify: nil) else { return false }
        defer { channel.close(promise: nil) }
        // What is written travels only once the handshake is done.
        return (try? await channel.writeAndFlush(ByteBuffer(string: "\r\n"))) != nil
    }

    private typealias Verification =
        @Sendable (
            [NIOSSLCertificate], EventLoopPromise<NIOSSLVerificationResult>
        ) -> Void

    private static func connect(
        to config: Kubeconfig,
        _ tls: TLSConfiguration,
        on loop: any EventLoop,
        verify: Verification?
    ) async throws -> (any Channel)? {
        guard let url = URL(string: config.server), let host = url.host() else { return nil }
        let context = try NIOSSLContext(configuration: tls)
        return try await ClientBootstrap(group: loop).connectTimeout(.seconds(5)).channelInitializer { channel in
            channel.eventLoop.makeCompletedFuture {
                let handler =
                    try verify.map {
                        try NIOSSLClientHandler(context: context, serverHostname: nil, customVerificationCallback: $0)
                    } ?? NIOSSLClientHandler(context: context, serverHostname: nil)
                try channel.pipeline.syncOperations.addHandler(handler)
            }
        }.connect(host: host, port: url.port ?? 443).get()
    }
}
