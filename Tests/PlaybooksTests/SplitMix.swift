/// A seeded generator (SplitMix64), so that a failure can be repeated.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// Text of up to 60 scalars: mostly what a shell gives a meaning to, and any other but NUL.
    mutating func text() -> String {
        let signs = Array("'\"\\$`(){}[]<>|&;#~*?!= \t\n\r%-aE0".unicodeScalars)
        var text = String.UnicodeScalarView()
        for _ in 0..<Int(next() % 60) {
            if next() % 4 > 0 {
                text.append(signs[Int(next() % UInt64(signs.count))])
            } else if let scalar = Unicode.Scalar(UInt32(next() % 0x10FFFF) + 1) {
                text.append(scalar)
            }
        }
        return String(text)
    }
}
