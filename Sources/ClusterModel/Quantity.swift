/// Kubernetes quantities ("250m", "1.5Gi", "2e3"), read exactly as integers.
///
/// Source: the grammar in Kubernetes' `apimachinery/pkg/api/resource/quantity.go` documentation. A fraction of the wanted
/// unit is rounded up, as the scheduler does.
package enum Quantity {
    /// The value in thousandths (millicores for CPU), or nil where the text is no quantity.
    package static func milli(_ text: some StringProtocol) -> Int64? { scaled(text, by: 1000) }

    /// The value in whole units (bytes for memory), or nil where the text is no quantity.
    package static func units(_ text: some StringProtocol) -> Int64? { scaled(text, by: 1) }

    private static func scaled(_ text: some StringProtocol, by scale: Int64) -> Int64? {
        guard let number = Mantissa(text.utf8) else { return nil }
        guard let suffix = Suffix(text.utf8.dropFirst(number.length)) else { return nil }
        return number.value(times: suffix, scale: scale)
    }
}

/// The digits of a quantity, as an integer and the number of decimals in it.
private struct Mantissa {
    var digits: Int64 = 0
    var decimals = 0
    var length = 0
    var negative = false

    init?(_ text: some Collection<UInt8>) {
        var seenPoint = false
        var seenDigit = false
        for byte in text {
            switch byte {
            case UInt8(ascii: "+") where length == 0: break
            case UInt8(ascii: "-") where length == 0: negative = true
            case UInt8(ascii: ".") where !seenPoint: seenPoint = true
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                seenDigit = true
                let (product, overflow) = digits.multipliedReportingOverflow(by: 10)
                if overflow { return nil }
                digits = product + Int64(byte - UInt8(ascii: "0"))
                if seenPoint { decimals += 1 }
            default:
                if seenDigit { return }
                return nil
            }
            length += 1
        }
        if !seenDigit { return nil }
    }

    func value(times suffix: Suffix, scale: Int64) -> Int64? {
        guard let numerator = product(product(digits, suffix.numerator), scale) else { return nil }
        guard let tens = Suffix.power(of: 10, decimals), let denominator = product(tens, suffix.denominator) else {
            return nil
        }
        let rounded = numerator / denominator + (numerator % denominator == 0 ? 0 : 1)
        return negative ? -rounded : rounded
    }

    private func product(_ left: Int64?, _ right: Int64?) -> Int64? {
        guard let left, let right else { return nil }
        let (value, overflow) = left.multipliedReportingOverflow(by: right)
        return overflow ? nil : value
    }
}

/// What follows the digits: a decimal or binary unit, or an exponent.
private struct Suffix {
    var numerator: Int64 = 1
    var denominator: Int64 = 1

    init?(_ text: some Collection<UInt8>) {
        switch String(decoding: text, as: UTF8.self) {
        case "": break
        case "n": denominator = 1_000_000_000
        case "u": denominator = 1_000_000
        case "m": denominator = 1_000
        case "k": numerator = 1_000
        case "M": numerator = 1_000_000
        case "G": numerator = 1_000_000_000
        case "T": numerator = 1_000_000_000_000
        case "P": numerator = 1_000_000_000_000_000
        case "E": numerator = 1_000_000_000_000_000_000
        case "Ki": numerator = 1 << 10
        case "Mi": numerator = 1 << 20
        case "Gi": numerator = 1 << 30
        case "Ti": numerator = 1 << 40
        case "Pi": numerator = 1 << 50
        case "Ei": numerator = 1 << 60
        case let exponent:
            guard exponent.first == "e" || exponent.first == "E", let power = Int(exponent.dropFirst()) else {
                return nil
            }
            guard let factor = Suffix.power(of: 10, abs(power)) else { return nil }
            if power < 0 { denominator = factor } else { numerator = factor }
        }
    }

    static func power(of base: Int64, _ exponent: Int) -> Int64? {
        var result: Int64 = 1
        for _ in 0..<exponent {
            let (product, overflow) = result.multipliedReportingOverflow(by: base)
            if overflow { return nil }
            result = product
        }
        return result
    }
}
