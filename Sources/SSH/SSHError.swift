// Everything that can go wrong between here and a command's result.

/// A phase of setting up a connection that can time out.
package enum SSHPhase: String, Sendable, Equatable {
    case connect = "the TCP connection"
    case banner = "the server's banner"
    case keyExchange = "the key exchange"
    case authentication = "the login"
    case forwarding = "the connection to forward"
}

/// Why a connection or a command failed. A command's non-zero exit is a result, not an error.
package enum SSHError: Error, Equatable, Sendable {
    /// Nothing listens on the port.
    case connectionRefused(SSHEndpoint)
    /// No connection for another reason, such as an unknown host name.
    case unreachable(SSHEndpoint, reason: String)
    /// A phase took longer than its limit.
    case timedOut(SSHEndpoint, SSHPhase, after: Duration)
    /// The server accepted the connection and dropped it before its banner, as a busy sshd does.
    case noBanner(SSHEndpoint)
    /// No common algorithm, or the server broke the protocol.
    case handshakeFailed(SSHEndpoint, reason: String)

    /// The server is not in the list of known hosts, or only with keys of other types.
    case hostKeyUnknown(SSHEndpoint, type: String, fingerprint: String, listedTypes: [String], source: String)
    /// The server shows another key than the one listed.
    case hostKeyMismatch(SSHEndpoint, type: String, fingerprint: String, expected: [KnownHosts.Pin])
    /// The server shows a key that is listed as revoked.
    case hostKeyRevoked(SSHEndpoint, KnownHosts.Pin)
    /// The server is known only through a certificate authority.
    case hostCertificateUnsupported(SSHEndpoint, KnownHosts.Pin)
    /// A new server's key could not be written down.
    case hostKeyNotRecorded(SSHEndpoint, fingerprint: String, reason: String)

    case keyUnreadable(path: String, reason: String)
    case keyUnusable(path: String, reason: String)
    case keyNeedsPassphrase(path: String)
    case wrongPassphrase(path: String)
    /// No credential was accepted. `rsaSignatureTooOld`: an RSA key was tried, and this libssh2 signs only with SHA-1.
    case authenticationRefused(SSHEndpoint, tried: [String], offered: [String], rsaSignatureTooOld: Bool)

    /// The connection broke; a command that ran then may or may not have finished.
    case connectionLost(SSHEndpoint, reason: String)
    /// This side had closed the connection.
    case connectionClosed(SSHEndpoint)
    /// The server did not open a channel for the command.
    case channelRefused(SSHEndpoint, reason: String)
    /// The server opened a channel and refused to run a command in it.
    case commandRefused(SSHEndpoint)
    /// The command did not end in time. Its channel is closed; the process may live on.
    case commandTimedOut(SSHEndpoint, after: Duration)
    /// The server does not let this variable be set.
    case environmentRefused(SSHEndpoint, name: String)
    /// The server offers no such subsystem.
    case subsystemRefused(SSHEndpoint, name: String)
    /// The server made no TCP connection to an address.
    case forwardingRefused(SSHEndpoint, to: String, reason: String)

    /// A port of this machine cannot be listened on.
    case portUnusable(Int, reason: String)

    /// A file on this side.
    case fileUnreadable(path: String, reason: String)
    /// A file on this side.
    case fileUnwritable(path: String, reason: String)
    /// A file on the server could not be written or read.
    case transferFailed(SSHEndpoint, path: String, SSHTransferProblem)
    /// The server left a request unanswered.
    case transferStalled(SSHEndpoint, after: Duration)

    /// libssh2 itself could not be set up.
    case libraryUnavailable(reason: String)

    /// Whether dialling again soon can help.
    package var isRetryable: Bool {
        if case .noBanner = self { true } else { false }
    }
}
