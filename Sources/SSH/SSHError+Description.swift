// One line for the user: where, what, and what to do.

extension SSHError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .connectionRefused, .unreachable, .timedOut, .noBanner, .handshakeFailed, .connectionLost,
            .connectionClosed, .libraryUnavailable:
            connectionText
        case .hostKeyUnknown, .hostKeyMismatch, .hostKeyRevoked, .hostCertificateUnsupported, .hostKeyNotRecorded:
            hostKeyText
        case .keyUnreadable, .keyUnusable, .keyNeedsPassphrase, .wrongPassphrase, .authenticationRefused:
            loginText
        case .channelRefused, .commandRefused, .commandTimedOut, .environmentRefused, .subsystemRefused,
            .forwardingRefused, .portUnusable:
            commandText
        case .fileUnreadable, .fileUnwritable, .transferFailed, .transferStalled:
            fileText
        }
    }

    private var connectionText: String {
        switch self {
        case .connectionRefused(let endpoint):
            "\(endpoint): connection refused; check that sshd runs and listens on port \(endpoint.port)"
        case .unreachable(let endpoint, let reason):
            "\(endpoint): cannot connect (\(reason)); check the host name, the network and the firewall"
        case .timedOut(let endpoint, let phase, let limit):
            "\(endpoint): \(phase.rawValue) took longer than \(limit); check the host and the network, or raise the limit"
        case .noBanner(let endpoint):
            "\(endpoint): the server dropped the connection before its banner; it is busy (MaxStartups in"
                + " sshd_config) or refuses this address: try again, with fewer connections at once"
        case .handshakeFailed(let endpoint, let reason):
            "\(endpoint): no SSH handshake (\(reason)); check that the port is sshd's and that its algorithms are current"
        case .connectionLost(let endpoint, let reason):
            "\(endpoint): connection lost (\(reason)); see whether the host is up, then run again"
        case .connectionClosed(let endpoint):
            "\(endpoint): the connection is closed; connect again"
        case .libraryUnavailable(let reason):
            "libssh2 cannot be used (\(reason)); check its installation and the free memory"
        default: ""
        }
    }

    private var hostKeyText: String {
        switch self {
        case .hostKeyUnknown(let endpoint, let type, let fingerprint, let listed, let source) where listed.isEmpty:
            "\(endpoint): unknown host key \(type) \(fingerprint); compare it with the server's own and add it to \(source)"
        case .hostKeyUnknown(let endpoint, let type, let fingerprint, let listed, let source):
            "\(endpoint): unknown host key \(type) \(fingerprint), while \(source) lists only"
                + " \(listed.joined(separator: ", ")); compare it with the server's own and add it"
        case .hostKeyMismatch(let endpoint, let type, let fingerprint, let expected):
            "\(endpoint): HOST KEY CHANGED: the server shows \(type) \(fingerprint), expected"
                + " \(expected.map { "\($0.fingerprint) (\($0.location))" }.joined(separator: " or "));"
                + " stop unless the server was reinstalled, then replace that line"
        case .hostKeyRevoked(let endpoint, let pin):
            "\(endpoint): the server shows the revoked key \(pin.type) \(pin.fingerprint) (\(pin.location));"
                + " do not log in, give the server a new key"
        case .hostCertificateUnsupported(let endpoint, let pin):
            "\(endpoint): known only through a certificate authority (\(pin.location)), which libssh2 cannot check;"
                + " add the server's own key"
        case .hostKeyNotRecorded(let endpoint, let fingerprint, let reason):
            "\(endpoint): the new host key \(fingerprint) could not be recorded (\(reason)); make known_hosts writable"
        default: ""
        }
    }

    private var loginText: String {
        switch self {
        case .keyUnreadable(let path, let reason):
            "\(path): cannot read the private key (\(reason)); check the path and its permissions"
        case .keyUnusable(let path, let reason):
            "\(path): not usable as a private key: \(reason); give an OpenSSH or PEM private key"
        case .keyNeedsPassphrase(let path):
            "\(path): the private key is encrypted; give its passphrase"
        case .wrongPassphrase(let path):
            "\(path): the passphrase does not open this private key; check it"
        case .authenticationRefused(let endpoint, let tried, let offered, let rsaSignatureTooOld):
            refusalText(endpoint, tried: tried, offered: offered, rsaSignatureTooOld: rsaSignatureTooOld)
        default: ""
        }
    }

    private func refusalText(
        _ endpoint: SSHEndpoint,
        tried: [String],
        offered: [String],
        rsaSignatureTooOld: Bool
    ) -> String {
        let list = { (items: [String]) in items.isEmpty ? "nothing" : items.joined(separator: ", ") }
        let fix =
            rsaSignatureTooOld
            ? "libssh2 \(LibSSH2.version) signs RSA keys with SHA-1 only, which current servers refuse: use an"
                + " ed25519 key or libssh2 1.11"
            : "check the user name and that the server's authorized_keys has the key"
        return "\(endpoint): login refused; tried \(list(tried)), the server accepts \(list(offered)); \(fix)"
    }

    private var commandText: String {
        switch self {
        case .channelRefused(let endpoint, let reason):
            "\(endpoint): the server opened no channel (\(reason)); check MaxSessions in its sshd_config"
        case .commandRefused(let endpoint):
            "\(endpoint): the server refuses to run commands for this user; check ForceCommand and the key's options"
        case .commandTimedOut(let endpoint, let limit):
            "\(endpoint): the command did not end within \(limit) and may still run; look on the host or raise the limit"
        case .environmentRefused(let endpoint, let name):
            "\(endpoint): the server does not take the variable \(name); add it to AcceptEnv in its sshd_config"
        case .subsystemRefused(let endpoint, let name):
            "\(endpoint): the server offers no \(name); add a Subsystem line for it to its sshd_config"
        case .forwardingRefused(let endpoint, let destination, let reason):
            "\(endpoint): no connection from there to \(destination) (\(reason)); check the address and"
                + " AllowTcpForwarding in the server's sshd_config"
        case .portUnusable(let port, let reason):
            "port \(port) of this machine cannot be listened on (\(reason)); choose another, or 0 for any free one"
        default: ""
        }
    }

    private var fileText: String {
        switch self {
        case .fileUnreadable(let path, let reason):
            "\(path): cannot be read (\(reason)); check the path and its permissions"
        case .fileUnwritable(let path, let reason):
            "\(path): cannot be written (\(reason)); check the folder, its permissions and the free space"
        case .transferFailed(let endpoint, let path, let problem): "\(endpoint): \(path): \(problem.text)"
        case .transferStalled(let endpoint, let limit):
            "\(endpoint): the file transfer got no answer for \(limit); check the host and the network, then run again:"
                + " it goes on where it stopped"
        default: ""
        }
    }
}

extension SSHTransferProblem {
    fileprivate var text: String {
        switch self {
        case .noSuchFile: "there is no such file or folder; check the path"
        case .permissionDenied: "permission denied; choose another path, or log in as a user who may write there"
        case .readOnly: "the file system is read-only; choose another path, or mount it writable"
        case .noSpace(let needed, let free):
            "no space left: \(needed) bytes are needed and \(free) are free; make room, or choose another path"
        case .notAFile: "something that is no file stands there; choose another path"
        case .digestMismatch(let expected, let found):
            "the content arrived with SHA-256 \(found), expected \(expected); see whether the file changed meanwhile"
        case .server(let words): "the server says \"\(words)\"; see its log"
        }
    }
}
