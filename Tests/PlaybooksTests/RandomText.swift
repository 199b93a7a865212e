import TestSupport

extension SplitMix {
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
