import ClusterModel
import Foundation
import NIOCore
import NIOPosix
import NIOSSL

/// The certificate that a server shows, looked at only to say what is wrong with it.
enum PeerCertificate {
    /// Begins one more handshake, reads until when the certificate is valid, and breaks it off.
    static func end(at config: Kubeconfig) async -> Instant? {
        guard let url = URL(string: config.server), let host = url.host() else { return nil }
        guard let context = try? NIOSSLContext(configuration: .makeClientConfiguration()) else { return nil }
        let loop = MultiThreadedEventLoopGroup.singleton.any()
        let end = loop.makePromise(of: Instant?.self)
        let bootstrap = ClientBootstrap(group: loop).connectTimeout(.seconds(5)).channelInitializer { channel in
            channel.closeFuture.whenComplete { _ in end.succeed(nil) }
            return channel.eventLoop.makeCompletedFuture {
                let handler = try NIOSSLClientHandler(
                    context: context,
                    serverHostname: nil,
                    customVerificationCallback: { certificates, verdict in
                        end.succeed(certificates.first.map { Instant(milliseconds: Int64($0.notValidAfter) * 1000) })
                        verdict.succeed(.failed)
                    }
                )
                try channel.pipeline.syncOperations.addHandler(handler)
            }
        }
        guard let channel = try? await bootstrap.connect(host: host, port: url.port ?? 443).get() else {
            end.succeed(nil)
            return nil
        }
        let instant = try? await end.futureResult.get()
        channel.close(promise: nil)
        return instant
    }
}
