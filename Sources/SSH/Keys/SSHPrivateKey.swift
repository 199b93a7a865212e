// A private key file, read far enough to know its type and whether it needs a passphrase.
#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// A private key as libssh2 takes it: the file's text, and the public half where the file shows it.
package struct SSHPrivateKey: Sendable, Hashable {
    package let path: String
    let text: String
    let passphrase: String?
    /// The key's type, such as `ssh-ed25519`; nil where the format hides it.
    let type: String?
    /// The public half; OpenSSH's format has it in clear even in an encrypted file.
    let publicKey: HostKey?
    let isEncrypted: Bool
    /// The secret half, where it is at hand and of a type that signs without libssh2.
    let secret: SecretKey?

    package static func == (left: SSHPrivateKey, right: SSHPrivateKey) -> Bool {
        left.path == right.path && left.text == right.text && left.passphrase == right.passphrase
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(path)
        hasher.combine(text)
    }

    /// The public half as an `authorized_keys` line.
    var publicLine: String? { publicKey?.text }

    private static let sizeLimit = 65_536

    /// Reads a key once, for many connections.
    ///
    /// - Parameter passphrase: asked, with the key's path, only where the key is encrypted; nil gives up.
    /// - Throws: ``SSHError``, and what `passphrase` throws.
    package static func load(
        _ path: String,
        passphrase: (_ path: String) async throws -> String?
    ) async throws -> SSHPrivateKey {
        do { return try SSHPrivateKey(path: path, passphrase: nil) } catch SSHError.keyNeedsPassphrase {
            guard let given = try await passphrase(path) else { throw SSHError.keyNeedsPassphrase(path: path) }
            return try SSHPrivateKey(path: path, passphrase: given)
        }
    }

    init(path: String, passphrase: String?) throws(SSHError) {
        let bytes: [UInt8]
        do { bytes = try Platform.contents(ofFile: path, limit: Self.sizeLimit) } catch {
            throw .keyUnreadable(path: path, reason: error.reason)
        }
        try self.init(text: String(decoding: bytes, as: UTF8.self), path: path, passphrase: passphrase)
    }

    init(text: String, path: String, passphrase: String?) throws(SSHError) {
        let lines = text.split(whereSeparator: \.isNewline).map { $0.trimmingPrefix(while: \.isWhitespace) }
        guard let begin = lines.first(where: { $0.hasPrefix("-----BEGIN ") && $0.contains("PRIVATE KEY") }) else {
            throw .keyUnusable(path: path, reason: "it holds no private key")
        }
        let facts = begin.contains("OPENSSH") ? Self.openSSHFacts(lines) : Self.pemFacts(begin, lines)
        guard let facts else { throw .keyUnusable(path: path, reason: "its content is damaged") }
        if facts.isEncrypted, passphrase == nil { throw .keyNeedsPassphrase(path: path) }
        self.path = path
        self.text = text
        self.passphrase = passphrase
        self.type = facts.publicKey?.type ?? facts.type
        self.publicKey = facts.publicKey
        self.isEncrypted = facts.isEncrypted
        self.secret = facts.secret
    }

    var isRSA: Bool { type == "ssh-rsa" }

    private struct Facts {
        var type: String?
        var publicKey: HostKey?
        var isEncrypted: Bool
        var secret: SecretKey?
    }

    /// OpenSSH's own format: magic, cipher, key derivation, its options, number of keys, public key, private part
    /// (PROTOCOL.key in the OpenSSH sources).
    private static func openSSHFacts(_ lines: [Substring]) -> Facts? {
        let body = lines.filter { !$0.hasPrefix("-") }.joined()
        guard let data = Data(base64Encoded: body) else { return nil }
        var reader = WireReader(data)
        guard reader.skip(prefix: Array("openssh-key-v1\0".utf8)), let cipher = reader.string(),
            reader.string() != nil, reader.string() != nil, reader.uint32() == 1, let blob = reader.string(),
            let publicKey = HostKey(blob: blob)
        else { return nil }
        let isEncrypted = cipher != Array("none".utf8)
        let secret = isEncrypted ? nil : reader.string().flatMap(SecretKey.init)
        return Facts(publicKey: publicKey, isEncrypted: isEncrypted, secret: secret)
    }

    private static func pemFacts(_ begin: Substring, _ lines: [Substring]) -> Facts {
        let isEncrypted =
            begin.contains("ENCRYPTED") || lines.contains { $0.hasPrefix("Proc-Type:") && $0.contains("ENCRYPTED") }
        return Facts(type: begin.contains("RSA") ? "ssh-rsa" : nil, isEncrypted: isEncrypted)
    }
}
