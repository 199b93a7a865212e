// What proves to a server who logs in.

/// A way to log in; a connection tries its credentials in order.
package enum SSHCredential: Sendable, Hashable {
    /// A private key in OpenSSH's or PEM format.
    ///
    /// An encrypted key is decrypted anew for each connection, which costs about 0.1 s of CPU on the event loop.
    case privateKeyFile(path: String, passphrase: String?)

    func load() throws(SSHError) -> PrivateKey {
        switch self {
        case .privateKeyFile(let path, let passphrase):
            try PrivateKey(path: path, passphrase: passphrase)
        }
    }
}
