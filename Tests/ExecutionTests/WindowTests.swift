import ClusterModel
import Execution
import Rollout
import Testing

/// Maintenance windows by the clocks of real zones, their spring and autumn nights among them.
struct WindowTests {
    struct Row: Sendable, CustomTestStringConvertible {
        var zone: String
        var days: Set<Int>
        var from: String
        var to: String
        var now: String
        /// When something of this many minutes may start.
        var minutes: Int
        var start: String?

        var testDescription: String { "\(from)-\(to) \(zone), \(minutes) min from \(now)" }

        var schedule: WindowSchedule {
            get throws {
                let zone = try #require(ZoneClock(systemZone: zone, from: instant(now)))
                return WindowSchedule([
                    MaintenanceWindow(days: days, start: minutes(from), end: minutes(to), zone: zone)
                ])
            }
        }

        private func minutes(_ text: String) -> Int {
            let parts = text.split(separator: ":").compactMap { Int($0) }
            return parts[0] * 60 + parts[1]
        }
    }

    static func instant(_ text: String) -> Instant { Instant(text: text) ?? Instant(milliseconds: 0) }

    static let everyDay = Set(0...6)
    static let rows = [
        // Seoul has no summer time: Saturday 01:00 there is Friday 16:00 UTC.
        Row(
            zone: "Asia/Seoul",
            days: [6],
            from: "01:00",
            to: "05:00",
            now: "2026-11-25T14:00:00Z",
            minutes: 60,
            start: "2026-11-27T16:00:00Z"
        ),
        Row(
            zone: "Asia/Seoul",
            days: [6],
            from: "01:00",
            to: "05:00",
            now: "2026-11-27T18:00:00Z",
            minutes: 60,
            start: "2026-11-27T18:00:00Z"
        ),
        // Too late for an hour, so the Saturday after.
        Row(
            zone: "Asia/Seoul",
            days: [6],
            from: "01:00",
            to: "05:00",
            now: "2026-11-27T19:30:00Z",
            minutes: 60,
            start: "2026-12-04T16:00:00Z"
        ),
        Row(
            zone: "Asia/Seoul",
            days: [6],
            from: "01:00",
            to: "05:00",
            now: "2026-11-27T19:30:00Z",
            minutes: 300,
            start: nil
        ),
        // Across midnight: the day is the one on which it opens.
        Row(
            zone: "UTC",
            days: [5],
            from: "22:00",
            to: "04:00",
            now: "2026-11-28T02:00:00Z",
            minutes: 60,
            start: "2026-11-28T02:00:00Z"
        ),
        Row(
            zone: "UTC",
            days: [5],
            from: "22:00",
            to: "04:00",
            now: "2026-11-29T02:00:00Z",
            minutes: 60,
            start: "2026-12-04T22:00:00Z"
        ),
        // Berlin, spring: 02:00 to 03:00 never comes on 2027-03-28, so 02:30 is 03:00, which is 01:00 UTC.
        Row(
            zone: "Europe/Berlin",
            days: [0],
            from: "02:30",
            to: "05:00",
            now: "2027-03-27T20:00:00Z",
            minutes: 60,
            start: "2027-03-28T01:00:00Z"
        ),
        // From 01:30 to 03:30 are only 60 minutes in that night.
        Row(
            zone: "Europe/Berlin",
            days: [0],
            from: "01:30",
            to: "03:30",
            now: "2027-03-27T20:00:00Z",
            minutes: 60,
            start: "2027-03-28T00:30:00Z"
        ),
        Row(
            zone: "Europe/Berlin",
            days: [0],
            from: "01:30",
            to: "03:30",
            now: "2027-03-27T20:00:00Z",
            minutes: 61,
            start: "2027-04-03T23:30:00Z"
        ),
        // Berlin, autumn: 02:30 comes twice on 2026-10-25; the window opens at the second, 01:30 UTC.
        Row(
            zone: "Europe/Berlin",
            days: [0],
            from: "02:30",
            to: "05:00",
            now: "2026-10-24T20:00:00Z",
            minutes: 60,
            start: "2026-10-25T01:30:00Z"
        ),
        // And closes at the first: 01:00 to 02:30 is 90 minutes, not 150.
        Row(
            zone: "Europe/Berlin",
            days: [0],
            from: "01:00",
            to: "02:30",
            now: "2026-10-24T20:00:00Z",
            minutes: 90,
            start: "2026-10-24T23:00:00Z"
        ),
        Row(
            zone: "Europe/Berlin",
            days: [0],
            from: "01:00",
            to: "02:30",
            now: "2026-10-24T20:00:00Z",
            minutes: 91,
            start: nil
        ),
        // New York, before and after its clocks go back on 2026-11-01.
        Row(
            zone: "America/New_York",
            days: [6],
            from: "23:00",
            to: "23:59",
            now: "2026-10-31T12:00:00Z",
            minutes: 30,
            start: "2026-11-01T03:00:00Z"
        ),
        Row(
            zone: "America/New_York",
            days: [6],
            from: "23:00",
            to: "23:59",
            now: "2026-11-02T12:00:00Z",
            minutes: 30,
            start: "2026-11-08T04:00:00Z"
        ),
        // Lord Howe's clocks move by half an hour; Kathmandu is 5:45 ahead; St. John's 3:30 behind.
        Row(
            zone: "Australia/Lord_Howe",
            days: [0],
            from: "02:15",
            to: "03:00",
            now: "2026-10-03T10:00:00Z",
            minutes: 30,
            start: "2026-10-03T15:30:00Z"
        ),
        Row(
            zone: "Asia/Kathmandu",
            days: everyDay,
            from: "01:00",
            to: "02:00",
            now: "2026-11-25T12:00:00Z",
            minutes: 60,
            start: "2026-11-25T19:15:00Z"
        ),
        Row(
            zone: "America/St_Johns",
            days: everyDay,
            from: "01:00",
            to: "02:00",
            now: "2026-11-25T12:00:00Z",
            minutes: 60,
            start: "2026-11-26T04:30:00Z"
        ),
        // The whole day, and days that touch count as one.
        Row(
            zone: "UTC",
            days: everyDay,
            from: "00:00",
            to: "00:00",
            now: "2026-11-25T23:00:00Z",
            minutes: 600,
            start: "2026-11-25T23:00:00Z"
        ),
    ]

    @Test(arguments: rows) func `nothing starts that would not end inside`(row: Row) throws {
        let start = try row.schedule.start(for: .seconds(60 * row.minutes), from: Self.instant(row.now))
        #expect(start == row.start.map(Self.instant))
        if let start { #expect(try row.schedule.closing(after: start).map { $0 > start } == true) }
    }

    @Test func `a zone that nobody knows is none`() {
        #expect(ZoneClock(systemZone: "Asia/Soul", from: Self.instant("2026-11-25T00:00:00Z")) == nil)
    }

    @Test(arguments: ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Seoul", "Africa/Casablanca"])
    func `every minute of two years is in at most one opening a day, and inside its hours`(name: String) throws {
        let start = Self.instant("2026-01-01T00:00:00Z")
        let zone = try #require(ZoneClock(systemZone: name, from: start))
        let schedule = WindowSchedule([MaintenanceWindow(days: Self.everyDay, start: 60, end: 300, zone: zone)])
        var now = start
        var openings = 0
        while now < start + .seconds(720 * 86_400) {
            let opens = try #require(schedule.start(for: .seconds(60), from: now))
            let closes = try #require(schedule.closing(after: opens))
            let length = closes.since(opens)
            #expect(length >= .seconds(2.5 * 3600) && length <= .seconds(5 * 3600), "\(opens)")
            openings += 1
            now = closes
        }
        #expect(openings >= 719 && openings <= 721)
    }

    @Test func `a campaign of three nights starts nothing outside of its windows`() throws {
        // Voyages begin on Friday 2027-01-15 at 08:00 UTC, which is 17:00 in Seoul.
        var voyage = Voyage(seed: 5, workers: 6, apps: 3)
        let zone = try #require(ZoneClock(systemZone: "Asia/Seoul", from: Voyage.start))
        let window = MaintenanceWindow(days: Self.everyDay, start: 60, end: 150, zone: zone)
        voyage.outline.windows = WindowSchedule([window])
        // Two waves fit into an opening of 90 minutes: after the second, less than 80 are left.
        voyage.outline.expected = ExpectedTimes(service: .seconds(5100), round: .seconds(60))
        voyage.serviceTime = .seconds(150)
        #expect(try voyage.live() == .finished)
        voyage.expectDoneOnce("three nights")
        let begun = voyage.state.journal.filter { if case .waveAdmitted = $0.event { true } else { false } }.map(\.at)
        #expect(begun.count == 6)
        let schedule = voyage.outline.windows
        for instant in begun { #expect(schedule.start(for: .seconds(5160), from: instant) == instant) }
        let nights = Set(begun.map { ($0 + .seconds(9 * 3600)).milliseconds / 86_400_000 })
        #expect(nights.count == 3, "\(begun)")
        let reasons = voyage.events.compactMap { if case .held(let reason) = $0 { reason } else { nil } }
        #expect(reasons.filter { $0.contains("maintenance window") }.count == 3, "\(reasons)")
    }

    @Test func `a wave that is longer than every window halts the run and says so`() throws {
        var voyage = Voyage(seed: 5, workers: 2, apps: 1)
        voyage.outline.windows = WindowSchedule([
            MaintenanceWindow(days: Self.everyDay, start: 60, end: 120, zone: .utc)
        ])
        voyage.outline.expected = ExpectedTimes(service: .seconds(7200))
        guard case .halted(let reason) = try voyage.live() else {
            Issue.record("must halt")
            return
        }
        #expect(reason.contains("longer than every maintenance window"))
        #expect(voyage.state.nodes.values.count(where: \.unschedulable) == 1)
    }
}
