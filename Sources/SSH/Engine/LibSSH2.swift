// The library as a whole: set up once, its version, what its answers mean.
import CLibSSH2

enum LibSSH2 {
    /// Initialises the library on first use (it asks for once, before any thread uses it); 0 when that went well.
    static let initialisation: CInt = libssh2_init(0)

    /// The version of the library loaded, such as `1.10.0`.
    static let version = String(cString: libssh2_version(0))

    /// Whether RSA keys sign with SHA-2 (from 1.11 on); current servers refuse SHA-1.
    static let signsRSAWithSHA2 = libssh2_version(0x010b00) != nil

    /// The algorithms offered, best first; libssh2 leaves out those it does not have.
    enum Offer {
        static let keyExchange =
            "curve25519-sha256,curve25519-sha256@libssh.org,ecdh-sha2-nistp256,ecdh-sha2-nistp384,ecdh-sha2-nistp521,"
            + "diffie-hellman-group16-sha512,diffie-hellman-group18-sha512,diffie-hellman-group14-sha256,"
            + "diffie-hellman-group-exchange-sha256"
        static let cipher =
            "aes128-gcm@openssh.com,aes256-gcm@openssh.com,aes128-ctr,aes256-ctr,aes192-ctr,"
            + "chacha20-poly1305@openssh.com"
        static let authenticationCode =
            "hmac-sha2-256-etm@openssh.com,hmac-sha2-512-etm@openssh.com,hmac-sha2-256,hmac-sha2-512,hmac-sha1"
        static let hostKeys = [
            "ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521", "ssh-rsa",
        ]

        /// Host key algorithms with those of the listed key types first, so that a server shows a key that is known.
        static func hostKeyAlgorithms(listedTypes: [String]) -> String {
            (listedTypes.filter(hostKeys.contains) + hostKeys.filter { !listedTypes.contains($0) })
                .flatMap { $0 == "ssh-rsa" ? ["rsa-sha2-512", "rsa-sha2-256", "ssh-rsa"] : [$0] }
                .joined(separator: ",")
        }
    }
}

/// What one step of an operation on a session led to.
enum Step<Value> {
    case done(Value)
    /// More bytes from the server are needed; call again then.
    case later
    case failed(LibraryFailure)
}

/// An error that libssh2 returned.
struct LibraryFailure: Error, Equatable {
    let code: CInt
    let message: String

    /// Whether the session as a whole is broken, not just the operation.
    var endsSession: Bool {
        switch code {
        case LIBSSH2_ERROR_SOCKET_SEND, LIBSSH2_ERROR_SOCKET_RECV, LIBSSH2_ERROR_SOCKET_DISCONNECT,
            LIBSSH2_ERROR_PROTO, LIBSSH2_ERROR_DECRYPT, LIBSSH2_ERROR_ENCRYPT, LIBSSH2_ERROR_INVALID_MAC,
            LIBSSH2_ERROR_OUT_OF_BOUNDARY, LIBSSH2_ERROR_KEX_FAILURE, LIBSSH2_ERROR_KEY_EXCHANGE_FAILURE,
            LIBSSH2_ERROR_ALLOC:
            true
        default: false
        }
    }
}
