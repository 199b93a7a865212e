// Which servers a connection may talk to.

/// Decides whether a server's key is good enough to log in.
package enum HostKeyPolicy: Sendable {
    /// Only servers whose key is listed.
    case strict(KnownHosts)
    /// Also servers that are not listed at all: each is written to the file before the login, and held to that key from
    /// then on. A listed server with another key is refused all the same.
    case acceptNew(KnownHostsFile)

    var knownHosts: KnownHosts {
        switch self {
        case .strict(let known): known
        case .acceptNew(let file): file.known
        }
    }

    /// Returns when the key may be trusted.
    func admit(_ key: HostKey, of endpoint: SSHEndpoint) throws(SSHError) {
        switch self {
        case .strict(let known): try Self.admit(key, of: endpoint, known) { refusal throws(SSHError) in throw refusal }
        case .acceptNew(let file): try file.admit(key, of: endpoint)
        }
    }

    /// - Parameter unknown: decides about a key that is not listed; it is given the error that refuses it.
    static func admit(
        _ key: HostKey,
        of endpoint: SSHEndpoint,
        _ known: KnownHosts,
        unknown: (_ refusal: SSHError) throws(SSHError) -> Void
    ) throws(SSHError) {
        switch known.verdict(on: key, host: endpoint.host, port: endpoint.port) {
        case .trusted: return
        case .mismatch(let expected):
            throw .hostKeyMismatch(endpoint, type: key.type, fingerprint: key.fingerprint, expected: expected)
        case .revoked(let pin):
            throw .hostKeyRevoked(endpoint, pin)
        case .certificateAuthorityOnly(let pin):
            throw .hostCertificateUnsupported(endpoint, pin)
        case .unknown(let listedTypes):
            let refusal = SSHError.hostKeyUnknown(
                endpoint,
                type: key.type,
                fingerprint: key.fingerprint,
                listedTypes: listedTypes,
                source: known.source
            )
            guard listedTypes.isEmpty else { throw refusal }
            try unknown(refusal)
        }
    }
}
