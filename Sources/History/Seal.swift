/// What an event's row carries so that a flipped bit, or a row that went missing, is noticed when the run is read.
///
/// FNV-1a of 64 bits (Fowler, Noll, Vo) over the row and the seal before it: against accidents, not against people.
enum Seal {
    static func of(sequence: Int64, at milliseconds: Int64, text: String, after previous: Int64) -> Int64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        func mix(_ byte: UInt8) {
            hash ^= UInt64(byte)
            hash &*= 0x100_0000_01B3
        }
        for number in [previous, sequence, milliseconds] {
            for shift in stride(from: 0, to: 64, by: 8) { mix(UInt8(truncatingIfNeeded: number >> Int64(shift))) }
        }
        for byte in text.utf8 { mix(byte) }
        return Int64(bitPattern: hash)
    }
}
