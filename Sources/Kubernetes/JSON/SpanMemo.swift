/// Remembers what stretches of JSON were read as: the pods of a workload have most of theirs in common.
///
/// Holds pointers into the bytes it was shown, and must not outlive them.
struct SpanMemo<Value> {
    private struct Entry {
        var span: UnsafeBufferPointer<UInt8>
        var hash: UInt64
        var value: Value
    }

    private var entries: [Entry] = []
    /// Indices into `entries` by hash, open addressing; -1 for a free place.
    private var places: [Int32] = []
    /// Stretches that no two objects share must not fill the memory.
    private static var limit: Int { 1 << 15 }

    /// Reads the value at the cursor, or remembers what the same bytes were read as.
    mutating func value(_ cursor: inout JSONCursor, _ read: (inout JSONCursor) throws -> Value) throws -> Value {
        var ahead = cursor
        ahead.skipSpace()
        let start = ahead.offset
        try ahead.skip()
        let span = UnsafeBufferPointer(rebasing: cursor.bytes[start..<ahead.offset])
        let hash = span.quickHash
        if let known = index(of: span, hash) {
            cursor = ahead
            return entries[known].value
        }
        let value = try read(&cursor)
        if entries.count < Self.limit { insert(Entry(span: span, hash: hash, value: value)) }
        return value
    }

    private func index(of span: UnsafeBufferPointer<UInt8>, _ hash: UInt64) -> Int? {
        if places.isEmpty { return nil }
        var place = Int(truncatingIfNeeded: hash) & (places.count - 1)
        while places[place] >= 0 {
            let index = Int(places[place])
            if entries[index].hash == hash, entries[index].span.equals(span) { return index }
            place = (place + 1) & (places.count - 1)
        }
        return nil
    }

    private mutating func insert(_ entry: Entry) {
        entries.append(entry)
        if entries.count * 2 > places.count {
            places = Array(repeating: -1, count: Swift.max(16, places.count * 2))
            for index in entries.indices { settle(index) }
        } else {
            settle(entries.count - 1)
        }
    }

    private mutating func settle(_ index: Int) {
        var place = Int(truncatingIfNeeded: entries[index].hash) & (places.count - 1)
        while places[place] >= 0 { place = (place + 1) & (places.count - 1) }
        places[place] = Int32(index)
    }
}
