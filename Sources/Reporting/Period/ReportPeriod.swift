package import ClusterModel
package import Foundation
package import Reliability

/// The time a report speaks of, in the zone whose days and months it means.
package struct ReportPeriod: Hashable, Sendable {
    package var interval: Interval
    /// `2026-10`, `last 30 d`, or the run.
    package var name: String
    package var zone: TimeZone

    package init(_ interval: Interval, name: String, zone: TimeZone) {
        self.interval = interval
        self.name = name
        self.zone = zone
    }

    /// The calendar month `YYYY-MM`, from its first midnight to the next month's, summer time heeded.
    package init?(month text: String, zone: TimeZone) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
        guard text.count == 7, parts.count == 2, let year = parts[0], let month = parts[1] else { return nil }
        guard (1...9999).contains(year), (1...12).contains(month) else { return nil }
        let next = month == 12 ? (year + 1, 1) : (year, month + 1)
        guard let start = Self.midnight(year, month, 1, zone), let end = Self.midnight(next.0, next.1, 1, zone) else {
            return nil
        }
        self.init(Interval(from: start, to: end), name: text, zone: zone)
    }

    /// A moment as `2026-10-01` (its midnight in the zone), `2026-10-01T09:30` (in the zone) or RFC 3339 in UTC.
    package static func moment(_ text: String, zone: TimeZone) -> Instant? {
        if let instant = Instant(text: text) { return instant }
        let halves = text.split(separator: "T", omittingEmptySubsequences: false)
        let date = halves[0].split(separator: "-").map { Int($0) }
        guard halves.count <= 2, date.count == 3, let year = date[0], let month = date[1], let day = date[2] else {
            return nil
        }
        let time = halves.count == 2 ? halves[1].split(separator: ":").map { Int($0) } : [0, 0]
        guard time.count == 2, let hour = time[0], let minute = time[1], (0...23).contains(hour) else { return nil }
        guard (1...12).contains(month), (1...31).contains(day), (0...59).contains(minute) else { return nil }
        return midnight(year, month, day, zone, hour: hour, minute: minute)
    }

    private static func midnight(
        _ year: Int,
        _ month: Int,
        _ day: Int,
        _ zone: TimeZone,
        hour: Int = 0,
        minute: Int = 0
    ) -> Instant? {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = zone
        let parts = DateComponents(year: year, month: month, day: day, hour: hour, minute: minute)
        guard let date = calendar.date(from: parts) else { return nil }
        return Instant(milliseconds: Int64((date.timeIntervalSince1970 * 1000).rounded()))
    }
}

/// Moments as people in a zone read them.
package struct LocalTime: Sendable {
    package var zone: TimeZone

    package init(_ zone: TimeZone) {
        self.zone = zone
    }

    /// `2026-10-01 09:30:15`
    package func text(_ instant: Instant) -> String {
        String(shifted(instant).description.prefix(19)).replacingOccurrences(of: "T", with: " ")
    }

    /// `10-01 09:30`, for axes.
    package func short(_ instant: Instant) -> String { String(text(instant).dropFirst(5).dropLast(3)) }

    /// `09:30:15`
    package func clock(_ instant: Instant) -> String { String(text(instant).suffix(8)) }

    /// Written as if the zone's wall clock were UTC's.
    private func shifted(_ instant: Instant) -> Instant {
        let date = Date(timeIntervalSince1970: Double(instant.milliseconds) / 1000)
        return Instant(milliseconds: instant.milliseconds + Int64(zone.secondsFromGMT(for: date)) * 1000)
    }
}

extension LocalTime {
    /// How far the zone's clock is ahead of UTC, in milliseconds.
    func offset(at instant: Instant) -> Int64 {
        Int64(zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(instant.milliseconds) / 1000))) * 1000
    }
}
