/// Durations as operators write them: `90s`, `5m`, `1h30m`.
package enum DurationText {
    private static let units: [(letter: Character, seconds: Int)] = [("h", 3600), ("m", 60), ("s", 1)]

    /// Reads hours, minutes and seconds, in that order and each at most once; nil for anything else.
    package static func parse(_ text: some StringProtocol) -> Duration? {
        var rest = text[...]
        var remaining = units[...]
        var total = 0
        guard !rest.isEmpty else { return nil }
        while !rest.isEmpty {
            let digits = rest.prefix { $0.isASCII && $0.isNumber }
            guard let value = Int(digits), let letter = rest.dropFirst(digits.count).first else { return nil }
            guard let unit = remaining.firstIndex(where: { $0.letter == letter }) else { return nil }
            let (seconds, tooMany) = value.multipliedReportingOverflow(by: units[unit].seconds)
            let (sum, tooLong) = total.addingReportingOverflow(seconds)
            guard !tooMany, !tooLong else { return nil }
            total = sum
            remaining = remaining[(unit + 1)...]
            rest = rest.dropFirst(digits.count + 1)
        }
        return .seconds(total)
    }

    /// Writes a duration so that `parse` reads it back, in whole seconds.
    package static func format(_ duration: Duration) -> String {
        var rest = duration.components.seconds
        var text = ""
        for unit in units {
            let (value, left) = rest.quotientAndRemainder(dividingBy: Int64(unit.seconds))
            if value > 0 { text += "\(value)\(unit.letter)" }
            rest = left
        }
        return text.isEmpty ? "0s" : text
    }
}
