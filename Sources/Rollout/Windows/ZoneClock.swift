package import ClusterModel

/// A time zone as a table: from which moment on its clocks are how many seconds ahead of UTC.
package struct ZoneClock: Hashable, Sendable {
    package struct Shift: Hashable, Sendable {
        package var from: Instant
        package var offset: Int64

        package init(from: Instant, offset: Int64) {
            self.from = from
            self.offset = offset
        }
    }

    /// As in the IANA time zone database: `Asia/Seoul`.
    package var name: String
    /// In the order of time; the first holds for all time before as well.
    package var shifts: [Shift]

    package init(name: String, shifts: [Shift]) {
        self.name = name
        self.shifts = shifts
    }

    package static let utc = ZoneClock(name: "UTC", shifts: [Shift(from: Instant(milliseconds: 0), offset: 0)])

    func offset(at instant: Instant) -> Int64 {
        (shifts.last { $0.from <= instant } ?? shifts.first)?.offset ?? 0
    }

    /// Seconds that the zone's clocks show, counted from 1970-01-01 00:00.
    func local(at instant: Instant) -> Int64 { instant.milliseconds.floored(by: 1000) + offset(at: instant) }

    /// The moments at which the clocks show this time: none in the hour that a spring skips, two in the one that an
    /// autumn repeats.
    private func moments(ofLocal local: Int64) -> [Instant] {
        Set(shifts.map(\.offset)).map { Instant(milliseconds: (local - $0) * 1000) }
            .filter { self.local(at: $0) == local }.sorted()
    }

    /// The moment from which on the clocks show at least this time, and go on doing so.
    func lastArrival(atLocal local: Int64) -> Instant {
        moments(ofLocal: local).last ?? leap(over: local)
    }

    /// The first moment at which the clocks show at least this time.
    func firstArrival(atLocal local: Int64) -> Instant {
        moments(ofLocal: local).first ?? leap(over: local)
    }

    /// When the clocks jump past a time that they never show.
    private func leap(over local: Int64) -> Instant {
        let jump = zip(shifts, shifts.dropFirst()).first { before, after in
            let seconds = after.from.milliseconds.floored(by: 1000)
            return seconds + before.offset <= local && local < seconds + after.offset
        }
        return jump?.1.from ?? Instant(milliseconds: (local - (shifts.last?.offset ?? 0)) * 1000)
    }
}

extension Int64 {
    func floored(by divisor: Int64) -> Int64 {
        let quotient = self / divisor
        return self % divisor < 0 ? quotient - 1 : quotient
    }
}
