/// Walks over JSON bytes, reads what is asked for and skips the rest; builds no tree.
struct JSONCursor {
    private let bytes: UnsafeBufferPointer<UInt8>
    private(set) var offset = 0

    init(_ bytes: UnsafeBufferPointer<UInt8>) {
        self.bytes = bytes
    }

    enum Kind {
        case object, array, string, number, boolean, null
    }

    /// What comes next, without taking it; nil at the end of the bytes.
    mutating func peek() throws(JSONError) -> Kind? {
        skipSpace()
        guard offset < bytes.count else { return nil }
        switch bytes[offset] {
        case UInt8(ascii: "{"): return .object
        case UInt8(ascii: "["): return .array
        case UInt8(ascii: "\""): return .string
        case UInt8(ascii: "t"), UInt8(ascii: "f"): return .boolean
        case UInt8(ascii: "n"): return .null
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return .number
        default: throw error("a value was expected")
        }
    }

    /// Reads an object; `body` is called with each key and must take or skip the value. A null counts as empty.
    mutating func object(_ body: (inout JSONCursor, String) throws -> Void) throws {
        if try takeNull() { return }
        try take("{")
        skipSpace()
        if next("}") { return }
        repeat {
            skipSpace()
            let key = try string()
            skipSpace()
            try take(":")
            try body(&self, key)
            skipSpace()
        } while next(",")
        try take("}")
    }

    /// Reads an array; `body` must take or skip each element. A null counts as empty.
    mutating func array(_ body: (inout JSONCursor) throws -> Void) throws {
        if try takeNull() { return }
        try take("[")
        skipSpace()
        if next("]") { return }
        repeat {
            try body(&self)
            skipSpace()
        } while next(",")
        try take("]")
    }

    mutating func string() throws(JSONError) -> String {
        skipSpace()
        try take("\"")
        let start = offset
        while offset < bytes.count {
            switch bytes[offset] {
            case UInt8(ascii: "\""):
                defer { offset += 1 }
                return String(decoding: bytes[start..<offset], as: UTF8.self)
            case UInt8(ascii: "\\"): return try escapedString(from: start)
            default: offset += 1
            }
        }
        throw error("the text ends inside a string")
    }

    /// A string, a number or a boolean as text; nil for null.
    mutating func scalar() throws -> String? {
        switch try peek() {
        case .string: return try string()
        case .null:
            _ = try takeNull()
            return nil
        case .number, .boolean:
            let start = offset
            while offset < bytes.count, !Self.endsScalar(bytes[offset]) { offset += 1 }
            return String(decoding: bytes[start..<offset], as: UTF8.self)
        case .object, .array: throw error("a simple value was expected")
        case nil: throw error("the text ends early")
        }
    }

    mutating func integer() throws -> Int? {
        guard let text = try scalar() else { return nil }
        guard let value = Int(text) else { throw error("a whole number was expected, not \(text)") }
        return value
    }

    mutating func boolean() throws -> Bool { try scalar() == "true" }

    mutating func strings() throws -> [String] {
        var values: [String] = []
        try array { cursor in values.append(try cursor.scalar() ?? "") }
        return values
    }

    mutating func map() throws -> [String: String] {
        var values: [String: String] = [:]
        try object { cursor, key in values[key] = try cursor.scalar() ?? "" }
        return values
    }

    /// Passes over one value of any kind.
    mutating func skip() throws(JSONError) {
        guard let kind = try peek() else { throw error("the text ends early") }
        guard kind == .object || kind == .array else { return try skipScalar(kind) }
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
        throw error("the text ends inside a value")
    }

    /// Only white space is left.
    mutating func isAtEnd() -> Bool {
        skipSpace()
        return offset >= bytes.count
    }

    func error(_ message: String) -> JSONError {
        let read = bytes[..<min(offset, bytes.count)]
        let line = read.reduce(1) { $1 == UInt8(ascii: "\n") ? $0 + 1 : $0 }
        let column = read.count - (read.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0) + 1
        return JSONError(message: message, line: line, column: column)
    }
}

/// Where JSON text is broken, and how.
struct JSONError: Error, Hashable, CustomStringConvertible {
    var message: String
    var line: Int
    var column: Int

    var description: String { "line \(line), column \(column): \(message)" }
}

extension JSONCursor {
    private mutating func skipSpace() {
        while offset < bytes.count, bytes[offset] <= 0x20 { offset += 1 }
    }

    private mutating func next(_ character: Unicode.Scalar) -> Bool {
        guard offset < bytes.count, bytes[offset] == UInt8(ascii: character) else { return false }
        offset += 1
        return true
    }

    private mutating func take(_ character: Unicode.Scalar) throws(JSONError) {
        skipSpace()
        if next(character) { return }
        throw error(offset < bytes.count ? "\u{201C}\(character)\u{201D} was expected" : "the text ends early")
    }

    private mutating func takeNull() throws -> Bool {
        guard try peek() == .null else { return false }
        try skipScalar(.null)
        return true
    }

    private mutating func skipScalar(_ kind: Kind) throws(JSONError) {
        if kind == .string { return try skipString() }
        let start = offset
        while offset < bytes.count, !Self.endsScalar(bytes[offset]) { offset += 1 }
        let text = String(decoding: bytes[start..<offset], as: UTF8.self)
        let isWhole = kind == .number || ["true", "false", "null"].contains(text)
        if !isWhole { throw error("\(text) is no value") }
    }

    private static func endsScalar(_ byte: UInt8) -> Bool {
        byte <= 0x20 || byte == UInt8(ascii: ",") || byte == UInt8(ascii: "}") || byte == UInt8(ascii: "]")
    }

    private mutating func skipString() throws(JSONError) {
        offset += 1
        while offset < bytes.count {
            switch bytes[offset] {
            case UInt8(ascii: "\""):
                offset += 1
                return
            case UInt8(ascii: "\\"): offset += 2
            default: offset += 1
            }
        }
        throw error("the text ends inside a string")
    }

    private mutating func escapedString(from start: Int) throws(JSONError) -> String {
        var text = Array(bytes[start..<offset])
        while offset < bytes.count {
            let byte = bytes[offset]
            offset += 1
            switch byte {
            case UInt8(ascii: "\""): return String(decoding: text, as: UTF8.self)
            case UInt8(ascii: "\\"): text.append(contentsOf: try escape().utf8)
            default: text.append(byte)
            }
        }
        throw error("the text ends inside a string")
    }

    private mutating func escape() throws(JSONError) -> String {
        guard offset < bytes.count else { throw error("the text ends inside a string") }
        let byte = bytes[offset]
        offset += 1
        switch byte {
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{C}"
        case UInt8(ascii: "u"): return try unicodeEscape()
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return String(UnicodeScalar(byte))
        default: throw error("an unknown escape")
        }
    }

    private mutating func unicodeEscape() throws(JSONError) -> String {
        var units = [try hexUnit()]
        if units[0] & 0xFC00 == 0xD800, offset + 1 < bytes.count, bytes[offset] == UInt8(ascii: "\\"),
            bytes[offset + 1] == UInt8(ascii: "u")
        {
            offset += 2
            units.append(try hexUnit())
        }
        return String(decoding: units, as: UTF16.self)
    }

    private mutating func hexUnit() throws(JSONError) -> UInt16 {
        guard offset + 4 <= bytes.count,
            let unit = UInt16(String(decoding: bytes[offset..<offset + 4], as: UTF8.self), radix: 16)
        else { throw error("four hexadecimal digits were expected") }
        offset += 4
        return unit
    }
}
