/// A member's name, compared where it stands and made a String only on demand.
struct JSONKey {
    /// Between the quotation marks, as written; its escapes, if any, are sound.
    let raw: UnsafeBufferPointer<UInt8>
    let hasEscapes: Bool

    var text: String {
        let unescaped = hasEscapes ? try? JSONCursor(raw).unescape(raw) : nil
        return unescaped ?? String(decoding: raw, as: UTF8.self)
    }

    static func ~= (name: StaticString, key: JSONKey) -> Bool { key.is(name) }

    @inline(__always)
    func `is`(_ name: StaticString) -> Bool {
        if hasEscapes { return text == name.description }
        guard name.hasPointerRepresentation, raw.count == name.utf8CodeUnitCount else { return false }
        for index in 0..<raw.count where raw[index] != name.utf8Start[index] { return false }
        return true
    }
}
