/// Seeded damage: the same seed does the same (SplitMix64).
struct Generator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = (state ^ state >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }

    mutating func below(_ bound: Int) -> Int { Int.random(in: 0..<max(1, bound), using: &self) }

    private static let tokens: [String] = [
        "null", "true", "[]", "{}", "\"\"", "-1", "1e999", "99999999999999999999", "0.5", "\"100E\"", "\"-1Gi\"", "[[",
        "}",
        "]", "{", "\"", ",", ":", "\\", "\\u", "\"\\ud800\"", "\"Pod\"", "\"List\"", "\"items\":", "\"name\":",
        "\u{FEFF}",
    ]

    /// One to four damages: a byte turned, a stretch cut out, doubled or moved, the end cut off, a token put in.
    mutating func damaged(_ bytes: [UInt8]) -> [UInt8] {
        var bytes = bytes
        for _ in 0...below(4) where !bytes.isEmpty {
            let place = below(bytes.count)
            let stretch = place..<min(bytes.count, place + 1 + below(40))
            switch below(7) {
            case 0: bytes[place] ^= 1 << UInt8(below(8))
            case 1: bytes[place] = UInt8(truncatingIfNeeded: next())
            case 2: bytes.removeSubrange(stretch)
            case 3: bytes.insert(contentsOf: Array(bytes[stretch]), at: below(bytes.count))
            case 4: bytes.removeSubrange(place...)
            case 5: replaceValue(&bytes, near: place)
            default: bytes.insert(contentsOf: Array(Self.tokens[below(Self.tokens.count)].utf8), at: place)
            }
        }
        return bytes
    }

    /// Puts a token in place of a value: what stands between a colon and the next comma or brace.
    private mutating func replaceValue(_ bytes: inout [UInt8], near place: Int) {
        guard let colon = bytes[place...].firstIndex(of: UInt8(ascii: ":")) else { return }
        let end = bytes[(colon + 1)...].firstIndex { $0 == UInt8(ascii: ",") || $0 == UInt8(ascii: "}") } ?? bytes.count
        bytes.replaceSubrange(colon + 1..<end, with: Array(Self.tokens[below(Self.tokens.count)].utf8))
    }

    /// A sound value of any kind, with the names that the reader looks for.
    mutating func write(into bytes: inout [UInt8], depth: Int) {
        switch below(depth > 5 ? 4 : 7) {
        case 0: bytes += Array("\(Int64(truncatingIfNeeded: next()))".utf8)
        case 1: bytes += Array("null".utf8)
        case 2: bytes += text()
        case 3: bytes += Array(Self.tokens[below(10)].utf8)
        case 4:
            bytes.append(UInt8(ascii: "["))
            for index in 0..<below(4) {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                write(into: &bytes, depth: depth + 1)
            }
            bytes.append(UInt8(ascii: "]"))
        default:
            bytes.append(UInt8(ascii: "{"))
            for index in 0..<below(5) {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                bytes += Array("\"\(Self.names[below(Self.names.count)])\":".utf8)
                write(into: &bytes, depth: depth + 1)
            }
            bytes.append(UInt8(ascii: "}"))
        }
    }

    private static let names = [
        "kind", "apiVersion", "metadata", "name", "namespace", "labels", "items", "spec", "status", "containers",
        "resources", "requests", "limits", "cpu", "memory", "nodeName", "affinity", "volumes", "conditions", "replicas",
        "ownerReferences", "annotations", "tolerations", "topologySpreadConstraints", "ports", "hostPort", "selector",
    ]

    /// A text in quotation marks, with escapes of every kind, now and then broken ones.
    mutating func text() -> [UInt8] {
        let parts = [
            "a", "bc", " ", "\u{e9}", "\u{1F600}", "\\n", "\\\"", "\\\\", "\\/", "\\u00e9", "\\ud83d\\ude00", "\\u0041",
            "0123456789abcdef", "/", "{", "]", "\\b", "\\uD83D", "\\x", "\\u12", "\t",
        ]
        var bytes: [UInt8] = [UInt8(ascii: "\"")]
        for _ in 0..<below(9) { bytes += Array(parts[below(below(6) == 0 ? parts.count : parts.count - 4)].utf8) }
        return bytes + [UInt8(ascii: "\"")]
    }
}
