// The public key by which a server identifies itself.
import Crypto

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// A server's public key in SSH wire format (RFC 4253, section 6.6).
package struct HostKey: Sendable, Hashable {
    /// The key's type, such as `ssh-ed25519`.
    package let type: String
    /// The whole key in wire format.
    package let blob: [UInt8]

    /// - Returns: nil when the bytes do not begin with a key type.
    package init?(blob: [UInt8]) {
        var reader = WireReader(blob)
        guard let name = reader.string(), !name.isEmpty else { return nil }
        self.type = String(decoding: name, as: UTF8.self)
        self.blob = blob
    }

    init?(base64: some StringProtocol) {
        guard let data = Data(base64Encoded: String(base64)) else { return nil }
        self.init(blob: [UInt8](data))
    }

    /// `SHA256:` and the unpadded base64 digest, as OpenSSH prints it.
    package var fingerprint: String {
        let digest = Data(SHA256.hash(data: blob)).base64EncodedString()
        return "SHA256:" + digest.prefix { $0 != "=" }
    }

    /// The key as a `known_hosts` or `authorized_keys` line has it: type and base64.
    package var text: String { "\(type) \(Data(blob).base64EncodedString())" }
}

/// Reads the length-prefixed fields of SSH's wire format (RFC 4251, section 5).
struct WireReader {
    private var rest: ArraySlice<UInt8>

    init(_ bytes: some Sequence<UInt8>) { rest = ArraySlice(Array(bytes)) }

    mutating func uint32() -> Int? {
        guard rest.count >= 4 else { return nil }
        let value = rest.prefix(4).reduce(0) { $0 << 8 | Int($1) }
        rest = rest.dropFirst(4)
        return value
    }

    mutating func string() -> [UInt8]? {
        guard let length = uint32(), rest.count >= length else { return nil }
        defer { rest = rest.dropFirst(length) }
        return Array(rest.prefix(length))
    }

    mutating func skip(prefix: [UInt8]) -> Bool {
        guard rest.starts(with: prefix) else { return false }
        rest = rest.dropFirst(prefix.count)
        return true
    }
}
