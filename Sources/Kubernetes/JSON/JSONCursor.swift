/// Walks over JSON bytes, reads what is asked for and skips the rest; builds no tree.
///
/// What is skipped is held only to closed strings and to as many closing brackets as opening ones.
struct JSONCursor {
    let bytes: UnsafeBufferPointer<UInt8>
    var offset = 0

    init(_ bytes: UnsafeBufferPointer<UInt8>) {
        self.bytes = bytes
    }

    enum Kind {
        case object, array, string, number, boolean, null
    }

    /// What comes next, without taking it.
    mutating func peek() throws(JSONError) -> Kind {
        skipSpace()
        guard offset < bytes.count else { throw error(.truncated) }
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

    /// Only white space is left.
    mutating func isAtEnd() -> Bool {
        skipSpace()
        return offset >= bytes.count
    }

    func error(_ what: String) -> JSONError { error(.unexpected(what)) }

    func error(_ fault: JSONError.Fault) -> JSONError {
        let read = bytes[..<min(offset, bytes.count)]
        let line = read.reduce(1) { $1 == UInt8(ascii: "\n") ? $0 + 1 : $0 }
        let column = read.count - (read.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0) + 1
        return JSONError(fault: fault, offset: read.count, line: line, column: column)
    }
}

// MARK: Objects and arrays

extension JSONCursor {
    /// Reads an object; `body` is called with each key and must take or skip the value. A null counts as empty.
    mutating func object(_ body: (inout JSONCursor, JSONSpan) throws -> Void) throws {
        try members { cursor, key in
            try body(&cursor, key)
            return true
        }
    }

    /// Reads an object's members until `body` answers false; the cursor then stands inside the object.
    mutating func members(_ body: (inout JSONCursor, JSONSpan) throws -> Bool) throws {
        if try takeNull() { return }
        try take("{")
        if takeIf("}") { return }
        repeat {
            let key = try span()
            try take(":")
            guard try body(&self, key) else { return }
        } while takeIf(",")
        try take("}")
    }

    /// Reads the value of one key of an object and skips the others.
    mutating func object(at wanted: StaticString, _ body: (inout JSONCursor) throws -> Void) throws {
        try object { cursor, key in
            if key.is(wanted) { try body(&cursor) } else { try cursor.skip() }
        }
    }

    /// Reads an array; `body` must take or skip each element. A null counts as empty.
    mutating func array(_ body: (inout JSONCursor) throws -> Void) throws {
        if try takeNull() { return }
        try take("[")
        if takeIf("]") { return }
        repeat { try body(&self) } while takeIf(",")
        try take("]")
    }

    /// Reads an array, each element by `read`.
    mutating func list<Element>(_ read: (inout JSONCursor) throws -> Element) throws -> [Element] {
        var elements: [Element] = []
        try array { cursor in elements.append(try read(&cursor)) }
        return elements
    }
}

// MARK: Values

extension JSONCursor {
    /// A string, a number or a boolean as text; nil for null.
    mutating func scalar() throws -> String? {
        switch try peek() {
        case .string: return try string()
        case .null:
            _ = try takeNull()
            return nil
        case .number, .boolean: return String(decoding: try word(), as: UTF8.self)
        case .object, .array: throw error("a simple value was expected")
        }
    }

    /// A string, a number or a boolean as text; empty for null.
    mutating func text() throws -> String { try scalar() ?? "" }

    mutating func integer() throws -> Int? {
        guard let text = try scalar() else { return nil }
        guard let value = Int(text) else { throw error("a whole number was expected, not \(shortened(text))") }
        return value
    }

    /// A whole number within bounds; nil for null.
    mutating func integer(in bounds: ClosedRange<Int>) throws -> Int? {
        guard let value = try integer() else { return nil }
        if bounds.contains(value) { return value }
        throw error("\(value) is not between \(bounds.lowerBound) and \(bounds.upperBound)")
    }

    /// A text where it stands; nil for anything else, which is skipped.
    mutating func spanIfText() throws -> JSONSpan? {
        if try peek() == .string { return try span() }
        try skip()
        return nil
    }

    mutating func boolean() throws -> Bool { try scalar() == "true" }

    mutating func strings() throws -> [String] { try list { try $0.text() } }

    /// An object's simple values; what is nested is left out.
    mutating func map() throws -> [String: String] {
        var values: [String: String] = [:]
        try object { cursor, key in
            switch try cursor.peek() {
            case .object, .array: try cursor.skip()
            default: values[key.text] = try cursor.text()
            }
        }
        return values
    }

    private func shortened(_ text: String) -> String { text.count > 40 ? text.prefix(40) + "…" : text }
}
