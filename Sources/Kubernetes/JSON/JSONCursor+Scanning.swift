extension JSONCursor {
    mutating func skipSpace() {
        while offset < bytes.count, bytes[offset] <= 0x20 { offset += 1 }
    }

    /// Takes the character if it comes next.
    mutating func takeIf(_ character: Unicode.Scalar) -> Bool {
        skipSpace()
        guard offset < bytes.count, bytes[offset] == UInt8(ascii: character) else { return false }
        offset += 1
        return true
    }

    mutating func take(_ character: Unicode.Scalar) throws(JSONError) {
        if takeIf(character) { return }
        throw offset < bytes.count ? error("\u{201C}\(character)\u{201D} was expected") : error(.truncated)
    }

    mutating func takeNull() throws(JSONError) -> Bool {
        guard try peek() == .null else { return false }
        _ = try word()
        return true
    }

    /// A number or one of the words `true`, `false`, `null`.
    mutating func word() throws(JSONError) -> UnsafeBufferPointer<UInt8> {
        let start = offset
        while offset < bytes.count, !Self.endsWord(bytes[offset]) { offset += 1 }
        let word = UnsafeBufferPointer(rebasing: bytes[start..<offset])
        if let first = word.first, first == UInt8(ascii: "-") || first <= UInt8(ascii: "9") { return word }
        for known: StaticString in ["true", "false", "null"] {
            let isKnown = known.withUTF8Buffer { word.elementsEqual($0) }
            if isKnown { return word }
        }
        guard offset < bytes.count else { throw error(.truncated) }
        throw error("\(String(decoding: word, as: UTF8.self)) is no value")
    }

    /// Passes over one value of any kind.
    mutating func skip() throws(JSONError) {
        switch try peek() {
        case .string: return try skipString()
        case .number, .boolean, .null:
            _ = try word()
            return
        case .object, .array: break
        }
        var depth = 0
        while offset < bytes.count {
            switch bytes[offset] {
            case UInt8(ascii: "\""): try skipString()
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                depth += 1
                offset += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                depth -= 1
                offset += 1
                if depth == 0 { return }
            default: offset += 1
            }
        }
        throw error(.truncated)
    }

    private static func endsWord(_ byte: UInt8) -> Bool {
        byte <= 0x20 || byte == UInt8(ascii: ",") || byte == UInt8(ascii: "}") || byte == UInt8(ascii: "]")
    }
}

// MARK: Strings

extension JSONCursor {
    mutating func key() throws(JSONError) -> JSONKey {
        let (raw, hasEscapes) = try rawString()
        if hasEscapes { _ = try unescape(raw) }
        return JSONKey(raw: raw, hasEscapes: hasEscapes)
    }

    mutating func string() throws(JSONError) -> String {
        let (raw, hasEscapes) = try rawString()
        return hasEscapes ? try unescape(raw) : String(decoding: raw, as: UTF8.self)
    }

    private mutating func skipString() throws(JSONError) { _ = try rawString() }

    /// What stands between the quotation marks.
    private mutating func rawString() throws(JSONError) -> (UnsafeBufferPointer<UInt8>, hasEscapes: Bool) {
        try take("\"")
        let start = offset
        var hasEscapes = false
        while offset < bytes.count {
            let byte = bytes[offset]
            if byte == UInt8(ascii: "\"") {
                defer { offset += 1 }
                return (UnsafeBufferPointer(rebasing: bytes[start..<offset]), hasEscapes)
            }
            if byte == UInt8(ascii: "\\") {
                hasEscapes = true
                offset += 1
            }
            offset += 1
        }
        throw error(.truncated)
    }

    func unescape(_ raw: UnsafeBufferPointer<UInt8>) throws(JSONError) -> String {
        var text: [UInt8] = []
        text.reserveCapacity(raw.count)
        var index = 0
        while index < raw.count {
            if raw[index] == UInt8(ascii: "\\") {
                text.append(contentsOf: try escape(in: raw, &index).utf8)
            } else {
                text.append(raw[index])
                index += 1
            }
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// Reads the escape at `index` and moves past it.
    private func escape(in raw: UnsafeBufferPointer<UInt8>, _ index: inout Int) throws(JSONError) -> String {
        let byte = raw[index + 1]
        index += 2
        switch byte {
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{C}"
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return String(UnicodeScalar(byte))
        case UInt8(ascii: "u"): break
        default: throw error("\\\(UnicodeScalar(byte)) is no escape")
        }
        var units = [try hexUnit(in: raw, &index)]
        let isPair = units[0] & 0xFC00 == 0xD800 && index + 1 < raw.count && raw[index] == UInt8(ascii: "\\")
        if isPair, raw[index + 1] == UInt8(ascii: "u") {
            index += 2
            units.append(try hexUnit(in: raw, &index))
        }
        return String(decoding: units, as: UTF16.self)
    }

    private func hexUnit(in raw: UnsafeBufferPointer<UInt8>, _ index: inout Int) throws(JSONError) -> UInt16 {
        guard index + 4 <= raw.count,
            let unit = UInt16(String(decoding: raw[index..<index + 4], as: UTF8.self), radix: 16)
        else { throw error("four hexadecimal digits were expected") }
        index += 4
        return unit
    }
}
