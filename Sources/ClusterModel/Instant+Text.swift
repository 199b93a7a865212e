extension Instant {
    /// Reads RFC 3339 in UTC from the year 1 to 9999, with any number of decimals: `2026-11-25T06:25:56Z`; digits past milliseconds are cut.
    package init?(text: some StringProtocol) {
        guard text.hasSuffix("Z") else { return nil }
        let halves = text.dropLast().split(separator: "T", omittingEmptySubsequences: false)
        guard halves.count == 2 else { return nil }
        let date = halves[0].split(separator: "-").compactMap { Int64($0) }
        let clock = halves[1].split(separator: ".")
        guard let time = clock.first?.split(separator: ":").compactMap({ Int64($0) }) else { return nil }
        guard date.count == 3, time.count == 3, clock.count <= 2 else { return nil }
        guard (1...9999).contains(date[0]), (1...12).contains(date[1]), (1...31).contains(date[2]) else { return nil }
        guard (0...23).contains(time[0]), (0...59).contains(time[1]), (0...60).contains(time[2]) else { return nil }
        let fraction = clock.count == 2 ? String((clock[1] + "000").prefix(3)) : "0"
        guard let thousandths = Int64(fraction) else { return nil }
        let seconds = Self.days(toYear: date[0], month: date[1], day: date[2]) * 86_400
        self.init(milliseconds: (seconds + time[0] * 3600 + time[1] * 60 + time[2]) * 1000 + thousandths)
    }

    /// The inverse of `civil(fromDays:)` for years from 1 on.
    private static func days(toYear year: Int64, month: Int64, day: Int64) -> Int64 {
        let shifted = month <= 2 ? year - 1 : year
        let era = shifted / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }
}
