// What proves to a server who logs in.

/// A way to log in. A connection tries those of agents first, then keys, each in order.
package enum SSHCredential: Sendable, Hashable {
    /// The keys of an agent that listens on this socket; an agent that is not there is passed over.
    ///
    /// - Parameter only: these keys of it; nil for all. Servers count each against `MaxAuthTries`.
    case agent(socket: String, only: [HostKey]? = nil)
    /// A private key in OpenSSH's or PEM format, read for each connection.
    case privateKeyFile(path: String, passphrase: String?)
    /// A private key that was read before.
    ///
    /// An encrypted key is decrypted anew for each connection, which costs about 0.1 s of CPU on the event loop: for
    /// many servers an agent is better.
    case privateKey(SSHPrivateKey)
}

/// Credentials made ready: agents, and keys that were read.
struct Credentials: Sendable {
    var agents: [(socket: String, only: [HostKey]?)] = []
    var keys: [SSHPrivateKey] = []
    /// What cannot be tried, for messages.
    var notes: [String] = []

    /// - Throws: why a key cannot be used; where there is an agent, which may hold that key, it is only noted.
    init(_ credentials: [SSHCredential]) throws(SSHError) {
        var failures: [SSHError] = []
        for credential in credentials {
            switch credential {
            case .agent(let socket, let only): agents.append((socket, only))
            case .privateKey(let key): keys.append(key)
            case .privateKeyFile(let path, let passphrase):
                do { keys.append(try SSHPrivateKey(path: path, passphrase: passphrase)) } catch {
                    failures.append(error)
                }
            }
        }
        if agents.isEmpty, let first = failures.first { throw first }
        notes = failures.map { "no key (\($0))" }
    }
}
