// Which servers a connection may talk to.

/// Decides whether a server's key is good enough to log in.
package enum HostKeyPolicy: Sendable {
    /// Only servers whose key is listed.
    case strict(KnownHosts)
    /// Also servers that are not listed at all: `record` is handed a `known_hosts` line for each before the login.
    /// A listed server with another key is refused all the same.
    case acceptNew(KnownHosts, record: @Sendable (String) throws -> Void)

    var knownHosts: KnownHosts {
        switch self {
        case .strict(let known), .acceptNew(let known, _): known
        }
    }

    /// Returns when the key may be trusted.
    func admit(_ key: HostKey, of endpoint: SSHEndpoint) throws(SSHError) {
        switch knownHosts.verdict(on: key, host: endpoint.host, port: endpoint.port) {
        case .trusted: return
        case .mismatch(let expected):
            throw .hostKeyMismatch(endpoint, type: key.type, fingerprint: key.fingerprint, expected: expected)
        case .revoked(let pin):
            throw .hostKeyRevoked(endpoint, pin)
        case .certificateAuthorityOnly(let pin):
            throw .hostCertificateUnsupported(endpoint, pin)
        case .unknown(let listedTypes):
            try admitUnknown(key, of: endpoint, listedTypes: listedTypes)
        }
    }

    private func admitUnknown(_ key: HostKey, of endpoint: SSHEndpoint, listedTypes: [String]) throws(SSHError) {
        guard case .acceptNew(_, let record) = self, listedTypes.isEmpty else {
            throw .hostKeyUnknown(
                endpoint,
                type: key.type,
                fingerprint: key.fingerprint,
                listedTypes: listedTypes,
                source: knownHosts.source
            )
        }
        do { try record("\(endpoint.knownHostsName) \(key.text)") } catch {
            throw .hostKeyNotRecorded(endpoint, fingerprint: key.fingerprint, reason: String(describing: error))
        }
    }
}
