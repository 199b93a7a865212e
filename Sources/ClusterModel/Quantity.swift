/// Kubernetes quantities ("250m", "1.5Gi", "2e3"), read exactly as integers.
///
/// Source: the grammar in Kubernetes' `apimachinery/pkg/api/resource/quantity.go` documentation. A fraction of the wanted
/// unit is rounded up, as the scheduler does; what 64 bits do not hold counts as the largest number they do.
package enum Quantity {
    /// The value in thousandths (millicores for CPU), or nil where the text is no quantity.
    package static func milli(_ text: some StringProtocol) -> Int64? { scaled(text, byThousands: 1) }

    /// The value in whole units (bytes for memory), or nil where the text is no quantity.
    package static func units(_ text: some StringProtocol) -> Int64? { scaled(text, byThousands: 0) }

    private static func scaled(_ text: some StringProtocol, byThousands thousands: Int) -> Int64? {
        var bytes = Array(text.utf8)[...]
        let sign = bytes.first
        if sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") { bytes = bytes.dropFirst() }
        guard let number = Decimal(&bytes), let unit = Unit(bytes) else { return nil }
        let size = number.times(unit, ten: 3 * thousands)
        return sign == UInt8(ascii: "-") ? -size : size
    }
}

/// The digits of a quantity: up to 19 that count, times a power of ten.
private struct Decimal {
    private var digits: UInt64 = 0
    private var exponent = 0
    /// Digits that were dropped were not all zeros.
    private var hasRest = false

    private static let limit: UInt64 = 1_000_000_000_000_000_000

    /// Takes the digits away from `text`.
    init?(_ text: inout ArraySlice<UInt8>) {
        var seenPoint = false
        var seenDigit = false
        var zeros = 0
        while let byte = text.first {
            if byte == UInt8(ascii: "."), !seenPoint {
                seenPoint = true
            } else if byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") {
                seenDigit = true
                if seenPoint { exponent -= 1 }
                zeros += 1
                if byte != UInt8(ascii: "0") {
                    add(byte - UInt8(ascii: "0"), after: zeros - 1)
                    zeros = 0
                }
            } else {
                break
            }
            text = text.dropFirst()
        }
        exponent += zeros
        if !seenDigit { return nil }
    }

    /// Zeros are added only once something follows them.
    private mutating func add(_ digit: UInt8, after zeros: Int) {
        for next in repeatElement(UInt8(0), count: digits == 0 ? 0 : zeros) + [digit] {
            if digits < Self.limit {
                digits = digits * 10 + UInt64(next)
            } else {
                exponent += 1
                hasRest = hasRest || next > 0
            }
        }
    }

    /// The size rounded up, the largest number where it is larger.
    func times(_ unit: Unit, ten: Int) -> Int64 {
        if digits == 0 { return 0 }
        let power = exponent + unit.ten + ten
        var size = UInt128(digits) << UInt128(unit.two)
        if power >= 0 {
            for _ in 0..<min(power, 40) {
                if size > UInt128(Int64.max) { return .max }
                size *= 10
            }
            size += hasRest ? 1 : 0
        } else {
            size = Self.quotient(size, tens: -power, hasRest: hasRest)
        }
        return Int64(clamping: size)
    }

    private static func quotient(_ size: UInt128, tens: Int, hasRest: Bool) -> UInt128 {
        var size = size
        var hasRest = hasRest
        for _ in 0..<min(tens, 40) {
            hasRest = hasRest || size % 10 != 0
            size /= 10
        }
        return size + (hasRest ? 1 : 0)
    }
}

/// What follows the digits: a decimal or binary unit, or an exponent.
private struct Unit {
    var ten = 0
    var two = 0

    private static let tens: [String: Int] = [
        "": 0, "n": -9, "u": -6, "m": -3, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18,
    ]
    private static let twos: [String: Int] = ["Ki": 10, "Mi": 20, "Gi": 30, "Ti": 40, "Pi": 50, "Ei": 60]

    init?(_ text: ArraySlice<UInt8>) {
        let word = String(decoding: text, as: UTF8.self)
        if let ten = Self.tens[word] {
            self.ten = ten
        } else if let two = Self.twos[word] {
            self.two = two
        } else {
            guard let exponent = Self.exponent(text) else { return nil }
            ten = exponent
        }
    }

    /// Beyond a thousand, one exponent is like another.
    private static func exponent(_ text: ArraySlice<UInt8>) -> Int? {
        guard text.first == UInt8(ascii: "e") || text.first == UInt8(ascii: "E") else { return nil }
        var digits = text.dropFirst()
        let sign = digits.first
        if sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") { digits = digits.dropFirst() }
        if digits.isEmpty { return nil }
        var value = 0
        for digit in digits {
            guard digit >= UInt8(ascii: "0"), digit <= UInt8(ascii: "9") else { return nil }
            value = min(1_000_000, value * 10 + Int(digit - UInt8(ascii: "0")))
        }
        return sign == UInt8(ascii: "-") ? -value : value
    }
}
