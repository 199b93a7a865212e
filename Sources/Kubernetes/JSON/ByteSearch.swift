import Foundation

/// Searches that look at eight bytes at a time, as one word.
extension UnsafeBufferPointer<UInt8> {
    private static var wordSize: Int { 8 }
    private static var ones: UInt64 { 0x0101_0101_0101_0101 }
    private static var highs: UInt64 { 0x8080_8080_8080_8080 }

    /// Where the string that begins at `start` has its closing quotation mark; nil where it has none.
    @inline(__always)
    func endOfString(from start: Int) -> (end: Int?, hasEscapes: Bool) {
        var index = start
        while index <= count - Self.wordSize {
            let word = word(at: index)
            let hits = Self.places(of: UInt8(ascii: "\""), in: word) | Self.places(of: UInt8(ascii: "\\"), in: word)
            if hits != 0 {
                index += hits.trailingZeroBitCount / 8
                return self[index] == UInt8(ascii: "\"") ? (index, false) : (endOfEscapedString(from: index), true)
            }
            index += Self.wordSize
        }
        return endOfShortString(from: index)
    }

    private func endOfShortString(from start: Int) -> (end: Int?, hasEscapes: Bool) {
        for index in start..<Swift.max(start, count) {
            if self[index] == UInt8(ascii: "\"") { return (index, false) }
            if self[index] == UInt8(ascii: "\\") { return (endOfEscapedString(from: index), true) }
        }
        return (nil, false)
    }

    private func endOfEscapedString(from start: Int) -> Int? {
        var index = start
        while index < count {
            if self[index] == UInt8(ascii: "\"") { return index }
            index += self[index] == UInt8(ascii: "\\") ? 2 : 1
        }
        return nil
    }

    /// The first byte from `start` on that is no white space.
    func endOfSpace(from start: Int) -> Int {
        var index = start
        while index <= count - Self.wordSize {
            let word = word(at: index)
            let others = ((word & ~Self.highs) &+ (0x7F - 0x20) &* Self.ones | word) & Self.highs
            if others != 0 { return index + others.trailingZeroBitCount / 8 }
            index += Self.wordSize
        }
        while index < count, self[index] <= 0x20 { index += 1 }
        return index
    }

    /// Little-endian: the first byte is the lowest.
    @inline(__always)
    private func word(at index: Int) -> UInt64 {
        guard let baseAddress else { return 0 }
        return UInt64(littleEndian: UnsafeRawPointer(baseAddress).loadUnaligned(fromByteOffset: index, as: UInt64.self))
    }

    /// Sets the high bit of the first byte that is `byte`; bits above it may be wrong.
    @inline(__always)
    private static func places(of byte: UInt8, in word: UInt64) -> UInt64 {
        let difference = word ^ (UInt64(byte) &* ones)
        return (difference &- ones) & ~difference & highs
    }

    /// Good enough to tell stretches apart; whoever uses it compares the bytes as well.
    var quickHash: UInt64 {
        var hash = UInt64(truncatingIfNeeded: count) &* 0x9E37_79B9_7F4A_7C15
        var index = 0
        while index <= count - Self.wordSize {
            hash = Self.mixed(hash, word(at: index))
            index += Self.wordSize
        }
        var rest: UInt64 = 0
        while index < count {
            rest = rest << 8 | UInt64(self[index])
            index += 1
        }
        hash = Self.mixed(hash, rest)
        return hash ^ hash >> 32
    }

    func equals(_ other: Self) -> Bool {
        guard count == other.count, let baseAddress, let otherAddress = other.baseAddress else {
            return isEmpty && other.isEmpty
        }
        return memcmp(baseAddress, otherAddress, count) == 0
    }

    @inline(__always)
    private static func mixed(_ hash: UInt64, _ word: UInt64) -> UInt64 {
        let product = (hash ^ word) &* 0xFF51_AFD7_ED55_8CCD
        return product ^ product >> 29
    }
}
