import ClusterModel

/// SplitMix64: the same seed gives the same numbers on every machine and Swift version.
package struct SeededGenerator: Sendable {
    private var state: UInt64

    package init(seed: UInt64) { state = seed }

    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// A number below `bound`, by the high half of a product: bias under 2⁻³² for the small bounds used here.
    package mutating func below(_ bound: UInt64) -> UInt64 {
        bound == 0 ? 0 : next().multipliedFullWidth(by: bound).high
    }

    /// A duration within the range, in whole milliseconds.
    package mutating func duration(in range: ClosedRange<Duration>) -> Duration {
        let low = range.lowerBound.milliseconds
        let width = UInt64(max(0, range.upperBound.milliseconds - low))
        return .milliseconds(low + Int64(below(width + 1)))
    }

    /// The suffix of a generated name, from the letters that Kubernetes uses (no vowels, no look-alikes).
    package mutating func nameSuffix(length: Int = 5) -> String {
        let letters = Array("bcdfghjklmnpqrstvwxz2456789")
        return String((0..<length).map { _ in letters[Int(below(UInt64(letters.count)))] })
    }

    /// A version 4 UUID.
    package mutating func uuid() -> String {
        let high = next() & ~0xF000 | 0x4000
        let low = next() & ~(0b11 << 62) | (0b10 << 62)
        let hex = padded(high) + padded(low)
        return [0..<8, 8..<12, 12..<16, 16..<20, 20..<32]
            .map { String(hex.dropFirst($0.lowerBound).prefix($0.count)) }
            .joined(separator: "-")
    }

    private func padded(_ value: UInt64) -> String {
        let hex = String(value, radix: 16)
        return String(repeating: "0", count: 16 - hex.count) + hex
    }
}
