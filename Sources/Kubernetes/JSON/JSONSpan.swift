/// A member's name or a short text, compared where it stands and made a String only on demand.
struct JSONSpan {
    /// Between the quotation marks, as written; its escapes, if any, are sound.
    let raw: UnsafeBufferPointer<UInt8>
    let hasEscapes: Bool

    var text: String {
        let unescaped = hasEscapes ? try? JSONCursor(raw).unescape(raw) : nil
        return unescaped ?? String(decoding: raw, as: UTF8.self)
    }

    @inline(__always)
    static func ~= (name: StaticString, span: JSONSpan) -> Bool { span.is(name) }

    @inline(__always)
    func `is`(_ name: StaticString) -> Bool {
        if hasEscapes { return text == name.description }
        guard name.hasPointerRepresentation, raw.count == name.utf8CodeUnitCount else { return false }
        for index in 0..<raw.count where raw[index] != name.utf8Start[index] { return false }
        return true
    }

    static func == (left: JSONSpan, right: JSONSpan) -> Bool {
        left.hasEscapes || right.hasEscapes ? left.text == right.text : left.raw.equals(right.raw)
    }

    func `is`(_ name: String) -> Bool {
        hasEscapes ? text == name : raw.count == name.utf8.count && raw.elementsEqual(name.utf8)
    }
}
