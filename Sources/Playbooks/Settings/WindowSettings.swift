/// A maintenance window as it is written: `Sat 01:00-05:00 Asia/Seoul`, `Mon-Fri 22:00-04:00`, `daily 01:00-03:00 UTC`.
package struct WindowSettings: Hashable, Sendable {
    /// 0 is Sunday; the day on which it opens.
    package var days: Set<Int>
    /// Minutes from midnight.
    package var start: Int
    /// Minutes from midnight; at or before `start` it is on the next day.
    package var end: Int
    /// A name of the IANA time zone database.
    package var zone: String

    package static let form =
        "write it as `Sat 01:00-05:00 Asia/Seoul`, with `Mon-Fri`, `Sat,Sun` or `daily` for the days"

    private static let names = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]

    /// Nil for anything else; a window without a zone is in UTC.
    package init?(_ text: some StringProtocol) {
        let words = String(text).split(separator: " ")
        guard words.count == 2 || words.count == 3, let days = Self.days(words[0]) else { return nil }
        let times = words[1].split(separator: "-", omittingEmptySubsequences: false)
        guard times.count == 2, let start = Self.minutes(times[0]), let end = Self.minutes(times[1]) else { return nil }
        guard start < 1440 else { return nil }
        self.days = days
        self.start = start
        self.end = end
        zone = words.count == 3 ? String(words[2]) : "UTC"
    }

    private static func days(_ text: Substring) -> Set<Int>? {
        if text.lowercased() == "daily" { return Set(0...6) }
        var days: Set<Int> = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let ends = part.split(separator: "-", omittingEmptySubsequences: false).map { word in
                names.firstIndex(of: word.lowercased())
            }
            switch ends.count {
            case 1:
                guard let day = ends[0] else { return nil }
                days.insert(day)
            case 2:
                guard let first = ends[0], let last = ends[1] else { return nil }
                let count = (last - first + 7) % 7
                days.formUnion((0...count).map { (first + $0) % 7 })
            default: return nil
            }
        }
        return days
    }

    /// `24:00` is the end of the day.
    private static func minutes(_ text: Substring) -> Int? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, parts[0].count == 2, parts[1].count == 2 else { return nil }
        guard let hour = Int(parts[0]), let minute = Int(parts[1]), (0...59).contains(minute) else { return nil }
        guard (0...23).contains(hour) || (hour == 24 && minute == 0) else { return nil }
        return hour * 60 + minute
    }
}
