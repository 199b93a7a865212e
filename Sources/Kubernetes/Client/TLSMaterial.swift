import ClusterModel
import NIOSSL
import Ports

/// Certificates and keys of a kubeconfig, as TLS takes them.
enum TLSMaterial {
    /// - Throws: `ControlError` where certificates or keys cannot be read.
    static func configuration(for config: Kubeconfig) throws -> TLSConfiguration {
        var tls = TLSConfiguration.makeClientConfiguration()
        if config.skipsVerification { tls.certificateVerification = .none }
        if let authority = config.authority {
            tls.trustRoots = .certificates(try certificates(authority))
        }
        if let certificate = config.certificate, let key = config.key {
            tls.certificateChain = try certificates(certificate).map { .certificate($0) }
            do {
                tls.privateKey = .privateKey(try NIOSSLPrivateKey(bytes: Array(key.pem.utf8), format: .pem))
            } catch {
                throw ControlError.refused("\(key.source): holds no private key in PEM: copy the kubeconfig anew")
            }
        }
        return tls
    }

    static func certificates(_ material: Kubeconfig.Material) throws -> [NIOSSLCertificate] {
        let certificates = try? NIOSSLCertificate.fromPEMBytes(Array(material.pem.utf8))
        guard let certificates, !certificates.isEmpty else {
            throw ControlError.refused("\(material.source): holds no certificate in PEM: copy the kubeconfig anew")
        }
        return certificates
    }

    /// - Throws: `ControlError` where our own certificate is not valid any more.
    static func checkExpiry(of config: Kubeconfig, at now: Instant) throws {
        guard let material = config.certificate, let end = try end(of: config), end < now else { return }
        throw ControlError.refused(
            "\(material.source): the client certificate expired at \(end): renew it, and copy the new kubeconfig"
        )
    }

    /// Until when our own certificate is valid; nil where there is none.
    static func end(of config: Kubeconfig) throws -> Instant? {
        try config.certificate.flatMap { try certificates($0).first }
            .map { Instant(milliseconds: Int64($0.notValidAfter) * 1000) }
    }
}
