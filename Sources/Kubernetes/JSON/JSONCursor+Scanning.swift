extension JSONCursor {
    @inline(__always)
    mutating func skipSpace() {
        guard offset < bytes.count, bytes[offset] <= 0x20 else { return }
        offset = bytes.endOfSpace(from: offset)
    }

    /// Takes the character if it comes next.
    @inline(__always)
    mutating func takeIf(_ character: Unicode.Scalar) -> Bool {
        skipSpace()
        guard offset < bytes.count, bytes[offset] == UInt8(ascii: character) else { return false }
        offset += 1
        return true
    }

    @inline(__always)
    mutating func take(_ character: Unicode.Scalar) throws(JSONError) {
        if takeIf(character) { return }
        throw offset < bytes.count ? error("\u{201C}\(character)\u{201D} was expected") : error(.truncated)
    }

    mutating func takeNull() throws(JSONError) -> Bool {
        skipSpace()
        guard offset < bytes.count, bytes[offset] == UInt8(ascii: "n") else { return false }
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
        case .string: _ = try span()
        case .number, .boolean, .null: _ = try word()
        case .object, .array: try skipNested()
        }
    }

    private mutating func skipNested() throws(JSONError) {
        var depth = 0
        var index = offset
        while index < bytes.count {
            let byte = bytes[index]
            index += 1
            switch byte {
            case UInt8(ascii: "\""):
                guard let end = bytes.endOfString(from: index).end else {
                    offset = bytes.count
                    throw error(.truncated)
                }
                index = end + 1
            case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                depth -= 1
                if depth == 0 {
                    offset = index
                    return
                }
            case UInt8(ascii: "\n"): index = bytes.endOfSpace(from: index)
            default: break
            }
        }
        offset = bytes.count
        throw error(.truncated)
    }

    private static func endsWord(_ byte: UInt8) -> Bool {
        byte <= 0x20 || byte == UInt8(ascii: ",") || byte == UInt8(ascii: "}") || byte == UInt8(ascii: "]")
    }
}

// MARK: Strings

extension JSONCursor {
    /// What stands between the quotation marks of a string.
    @inline(__always)
    mutating func span() throws(JSONError) -> JSONSpan {
        try take("\"")
        let start = offset
        let (end, hasEscapes) = bytes.endOfString(from: start)
        guard let end else {
            offset = bytes.count
            throw error(.truncated)
        }
        offset = end + 1
        let span = JSONSpan(raw: UnsafeBufferPointer(rebasing: bytes[start..<end]), hasEscapes: hasEscapes)
        if hasEscapes { _ = try unescape(span.raw) }
        return span
    }

    mutating func string() throws(JSONError) -> String {
        let span = try span()
        if span.hasEscapes { return try unescape(span.raw) }
        guard let text = String(validating: span.raw, as: UTF8.self) else { throw error("a text that is not UTF-8") }
        return text
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
        guard let valid = String(validating: text, as: UTF8.self) else { throw error("a text that is not UTF-8") }
        return valid
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
        guard let text = String(validating: units, as: UTF16.self) else { throw error("half a surrogate pair") }
        return text
    }

    private func hexUnit(in raw: UnsafeBufferPointer<UInt8>, _ index: inout Int) throws(JSONError) -> UInt16 {
        guard index + 4 <= raw.count, let unit = Self.hexadecimal(raw[index..<index + 4]) else {
            throw error("four hexadecimal digits were expected")
        }
        index += 4
        return unit
    }

    private static func hexadecimal(_ digits: some Sequence<UInt8>) -> UInt16? {
        var value: UInt16 = 0
        for digit in digits {
            switch digit {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): value = value << 4 | UInt16(digit - UInt8(ascii: "0"))
            case UInt8(ascii: "a")...UInt8(ascii: "f"): value = value << 4 | UInt16(digit - UInt8(ascii: "a") + 10)
            case UInt8(ascii: "A")...UInt8(ascii: "F"): value = value << 4 | UInt16(digit - UInt8(ascii: "A") + 10)
            default: return nil
            }
        }
        return value
    }
}
