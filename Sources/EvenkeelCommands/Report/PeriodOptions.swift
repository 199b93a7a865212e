import ArgumentParser
import ClusterModel
import Foundation
import Reliability
import Reporting

/// Which time a report speaks of.
struct PeriodOptions: ParsableArguments {
    @Option(help: "A calendar month: 2026-10.")
    var month: String?

    @Option(help: "The last days or hours up to now: 30d or 12h.")
    var last: String?

    @Option(help: "From this day or moment on: 2026-10-01, 2026-10-01T09:30 or 2026-10-01T00:30:00Z.")
    var from: String?

    @Option(help: "Up to, and without, this day or moment; by default now.")
    var to: String?

    @Option(help: "The zone that days and months are meant in, as Asia/Seoul; by default this machine's.")
    var timeZone: String?

    var isGiven: Bool { month != nil || last != nil || from != nil || to != nil }

    mutating func validate() throws {
        let ways = [month != nil, last != nil, from != nil || to != nil].count(where: \.self)
        if ways > 1 { throw ValidationError("--month, --last and --from/--to contradict each other: give one of them") }
        if to != nil, from == nil { throw ValidationError("--to needs --from") }
    }

    func zone() throws -> TimeZone {
        guard let timeZone else { return TimeZone.current }
        guard let zone = TimeZone(identifier: timeZone) else {
            throw CommandFailure(
                "--time-zone \(timeZone): there is no such zone: write it as Asia/Seoul or UTC",
                code: .usage
            )
        }
        return zone
    }

    /// Nil where none is given.
    func period(_ zone: TimeZone, now: Instant) throws -> ReportPeriod? {
        if let month {
            guard let period = ReportPeriod(month: month, zone: zone) else {
                throw CommandFailure("--month \(month): is no month: write it as 2026-10", code: .usage)
            }
            return period
        }
        if let last {
            let interval = Interval(from: now + (.zero - (try Self.length(last))), to: now)
            return ReportPeriod(interval, name: "last \(last)", zone: zone)
        }
        guard let from else { return nil }
        let start = try Self.moment(from, "--from", zone)
        let end = try to.map { try Self.moment($0, "--to", zone) } ?? now
        guard start < end else {
            throw CommandFailure("--from \(from): does not come before the period's end", code: .usage)
        }
        return ReportPeriod(Interval(from: start, to: end), name: "\(from) to \(to ?? "now")", zone: zone)
    }

    /// Days or hours: `30d`, `12h`.
    static func length(_ text: String) throws -> Duration {
        let unit = text.last == "d" ? 86_400 : text.last == "h" ? 3600 : 0
        guard unit > 0, let count = Int(text.dropLast()), (1...100_000).contains(count) else {
            throw CommandFailure("\(text): is no length of time: write it as 30d or 12h", code: .usage)
        }
        return .seconds(count * unit)
    }

    private static func moment(_ text: String, _ option: String, _ zone: TimeZone) throws -> Instant {
        guard let instant = ReportPeriod.moment(text, zone: zone) else {
            throw CommandFailure(
                "\(option) \(text): is no day and no moment: write it as 2026-10-01 or 2026-10-01T00:30:00Z",
                code: .usage
            )
        }
        return instant
    }
}
