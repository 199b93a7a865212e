import NIOCore
import NIOSSL

/// The name that a server's certificate must be made out to, where that is an address other than the one dialled: TLS
/// itself compares a certificate with a host's name, or with the address at the other end.
struct ServerName: Sendable {
    private let address: SocketAddress

    /// Nil where the name is no address.
    init?(_ name: String) {
        let bare = name.hasPrefix("[") ? String(name.dropFirst().dropLast()) : name
        guard let address = try? SocketAddress(ipAddress: bare, port: 0) else { return nil }
        self.address = address
    }

    /// Fails, and closes the channel, where the certificate that it shows is made out to others.
    func check(_ channel: any Channel) -> EventLoopFuture<Void> {
        channel.nioSSL_peerCertificate().flatMap { certificate in
            if let certificate, matches(certificate) { return channel.eventLoop.makeSucceededVoidFuture() }
            return channel.close().flatMap { channel.eventLoop.makeFailedFuture(WrongServerName()) }
        }
    }

    private func matches(_ certificate: NIOSSLCertificate) -> Bool {
        certificate._subjectAlternativeNames().contains { name in
            guard name.nameType == .ipAddress else { return false }
            return (try? SocketAddress(packedIPAddress: ByteBuffer(bytes: name.contents), port: 0)) == address
        }
    }
}

struct WrongServerName: Error {}
