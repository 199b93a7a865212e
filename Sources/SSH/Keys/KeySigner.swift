// Signatures by a key that was read from a file without a passphrase.
import CLibSSH2
import Crypto

/// The secret half of a key. libssh2 would parse its file anew for each connection, which costs as much as the rest of a
/// login together.
enum SecretKey: Sendable {
    case ed25519(Curve25519.Signing.PrivateKey)
    case p256(P256.Signing.PrivateKey)
    case p384(P384.Signing.PrivateKey)
    case p521(P521.Signing.PrivateKey)

    /// - Parameter section: the unencrypted private section of OpenSSH's own format: a number twice, the key's type, its
    ///   parts, a comment (PROTOCOL.key in the OpenSSH sources).
    init?(section: [UInt8]) {
        var reader = WireReader(section)
        guard let check = reader.uint32(), check == reader.uint32(), let type = reader.string(),
            let first = reader.string(), let second = reader.string()
        else { return nil }
        do {
            switch String(decoding: type, as: UTF8.self) {
            case "ssh-ed25519":
                self = .ed25519(try .init(rawRepresentation: second.prefix(32)))
                guard second.suffix(32) == first[...] else { return nil }
            case "ecdsa-sha2-nistp256": self = .p256(try .init(rawRepresentation: Self.scalar(&reader, 32)))
            case "ecdsa-sha2-nistp384": self = .p384(try .init(rawRepresentation: Self.scalar(&reader, 48)))
            case "ecdsa-sha2-nistp521": self = .p521(try .init(rawRepresentation: Self.scalar(&reader, 66)))
            default: return nil
            }
        } catch { return nil }
    }

    /// A number of a fixed length; the wire's has no leading zeros but one before a high bit.
    private static func scalar(_ reader: inout WireReader, _ count: Int) -> [UInt8] {
        let digits = (reader.string() ?? []).drop { $0 == 0 }
        return digits.count <= count ? [UInt8](repeating: 0, count: count - digits.count) + digits : []
    }

    func signature(of data: UnsafeRawBufferPointer) throws -> [UInt8] {
        switch self {
        case .ed25519(let key): try Array(key.signature(for: data))
        case .p256(let key): Self.pair(Array(try key.signature(for: data).rawRepresentation))
        case .p384(let key): Self.pair(Array(try key.signature(for: data).rawRepresentation))
        case .p521(let key): Self.pair(Array(try key.signature(for: data).rawRepresentation))
        }
    }

    /// Two numbers (RFC 5656, section 3.1.2).
    private static func pair(_ raw: [UInt8]) -> [UInt8] {
        number(raw.prefix(raw.count / 2)) + number(raw.suffix(raw.count / 2))
    }

    private static func number(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
        let digits = bytes.drop { $0 == 0 }
        let number = (digits.first ?? 0) & 0x80 != 0 ? [0] + digits : Array(digits)
        return withUnsafeBytes(of: UInt32(number.count).bigEndian) { Array($0) } + number
    }
}

/// Signs at once.
final class KeySigner: Signer {
    let publicKey: HostKey
    private let secret: SecretKey

    init(_ publicKey: HostKey, _ secret: SecretKey) {
        self.publicKey = publicKey
        self.secret = secret
    }

    func sign(_ data: UnsafeRawBufferPointer) -> Step<[UInt8]> {
        do { return .done(try secret.signature(of: data)) } catch {
            return .failed(LibraryFailure(code: LIBSSH2_ERROR_PUBLICKEY_UNVERIFIED, message: "\(error)"))
        }
    }
}
