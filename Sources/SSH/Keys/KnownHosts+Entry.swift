// One line of a known_hosts file and how its names match.
import Crypto

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

extension KnownHosts {
    enum Marker: Substring {
        case revoked = "@revoked"
        case certificateAuthority = "@cert-authority"
    }

    struct Entry: Sendable {
        /// File and line.
        let location: String
        let marker: Marker?
        let names: Names
        let key: HostKey

        /// - Returns: nil for an unknown marker, missing fields, or a key that does not decode to its stated type.
        init?(fields: [Substring], location: String) {
            var fields = fields[...]
            var marker: Marker?
            if let first = fields.first, first.hasPrefix("@") {
                guard let known = Marker(rawValue: first) else { return nil }
                marker = known
                fields = fields.dropFirst()
            }
            guard fields.count >= 3, let names = Names(fields[fields.startIndex]),
                let key = HostKey(base64: fields[fields.startIndex + 2]), key.type == fields[fields.startIndex + 1]
            else { return nil }
            self.location = location
            self.marker = marker
            self.names = names
            self.key = key
        }
    }

    enum Names: Sendable {
        /// `|1|salt|digest`: HMAC-SHA1 of the name, keyed with the salt.
        case hashed(salt: [UInt8], digest: [UInt8])
        case patterns([Pattern])

        init?(_ field: Substring) {
            guard field.hasPrefix("|") else {
                self = .patterns(field.split(separator: ",").map(Pattern.init))
                return
            }
            let parts = field.split(separator: "|")
            guard parts.count == 3, parts[0] == "1", let salt = Data(base64Encoded: String(parts[1])),
                let digest = Data(base64Encoded: String(parts[2])), digest.count == Insecure.SHA1.byteCount
            else { return nil }
            self = .hashed(salt: [UInt8](salt), digest: [UInt8](digest))
        }

        /// The names themselves where none needs matching.
        var plainNames: [String]? {
            guard case .patterns(let patterns) = self, patterns.allSatisfy(\.isPlain) else { return nil }
            return patterns.map(\.text)
        }

        /// Whether the entry is about the host of this lower-case name; a negated match excludes it.
        func match(_ name: String) -> Bool {
            switch self {
            case .hashed(let salt, let digest):
                let code = HMAC<Insecure.SHA1>.authenticationCode(for: Array(name.utf8), using: .init(data: salt))
                return code == digest
            case .patterns(let patterns):
                let matching = patterns.filter { $0.matches(name) }
                return !matching.isEmpty && !matching.contains(where: \.isNegated)
            }
        }
    }

    struct Pattern: Sendable {
        let text: String
        let isNegated: Bool

        init(_ field: Substring) {
            isNegated = field.hasPrefix("!")
            text = (isNegated ? field.dropFirst() : field).lowercased()
        }

        var isPlain: Bool { !isNegated && !text.utf8.contains { $0 == UInt8(ascii: "*") || $0 == UInt8(ascii: "?") } }

        /// `*` stands for any characters, `?` for one.
        func matches(_ name: String) -> Bool {
            let pattern = Array(text.utf8)
            let name = Array(name.utf8)
            var (p, n) = (0, 0)
            var retry: (pattern: Int, name: Int)?
            while n < name.count {
                if p < pattern.count, pattern[p] == UInt8(ascii: "*") {
                    retry = (p, n)
                    p += 1
                } else if p < pattern.count, pattern[p] == name[n] || pattern[p] == UInt8(ascii: "?") {
                    (p, n) = (p + 1, n + 1)
                } else if let last = retry {
                    retry = (last.pattern, last.name + 1)
                    (p, n) = (last.pattern + 1, last.name + 1)
                } else {
                    return false
                }
            }
            return pattern[p...].allSatisfy { $0 == UInt8(ascii: "*") }
        }
    }
}
