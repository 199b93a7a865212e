package import ClusterModel

/// When maintenance is allowed: on some days of the week, from one time of day to another, by a zone's clocks.
///
/// Where clocks are put back, a time that comes twice opens the window at its second coming and closes it at its first;
/// where they are put forward, a time that never comes counts as the moment of the jump. So a window is never longer
/// than its owner could have meant.
package struct MaintenanceWindow: Hashable, Sendable {
    /// 0 is Sunday.
    package var days: Set<Int>
    /// Minutes from midnight.
    package var start: Int
    /// Minutes from midnight; at or before `start` it is on the next day.
    package var end: Int
    package var zone: ZoneClock

    package init(days: Set<Int>, start: Int, end: Int, zone: ZoneClock) {
        self.days = days
        self.start = start
        self.end = end
        self.zone = zone
    }

    /// One opening, its end excluded.
    package struct Span: Hashable, Sendable {
        package var start: Instant
        package var end: Instant

        package init(start: Instant, end: Instant) {
            self.start = start
            self.end = end
        }
    }

    /// Openings that begin on the day before the instant's day or later, in the order of time, over two weeks.
    func spans(around instant: Instant) -> [Span] {
        let today = zone.local(at: instant).floored(by: 86_400)
        return (today - 1...today + 14).compactMap(span)
    }

    private func span(onDay day: Int64) -> Span? {
        // 1970-01-01 was a Thursday.
        let weekday = Int(((day + 4) % 7 + 7) % 7)
        guard days.contains(weekday) else { return nil }
        let midnight = day * 86_400
        let length = end > start ? end : end + 1440
        let opens = zone.lastArrival(atLocal: midnight + Int64(start) * 60)
        let closes = zone.firstArrival(atLocal: midnight + Int64(length) * 60)
        return closes > opens ? Span(start: opens, end: closes) : nil
    }
}

/// All windows of a site; none means that maintenance is always allowed.
package struct WindowSchedule: Hashable, Sendable {
    package var windows: [MaintenanceWindow]

    package init(_ windows: [MaintenanceWindow] = []) {
        self.windows = windows
    }

    package var isAlwaysOpen: Bool { windows.isEmpty }

    /// When it closes, if it is open now; windows that touch or overlap count as one.
    package func closing(after now: Instant) -> Instant? {
        openings(around: now).first { $0.start <= now && now < $0.end }?.end
    }

    /// The next moment at which something that takes `duration` may start and is done before the closing; nil where no
    /// opening of the next two weeks is long enough.
    package func start(for duration: Duration, from now: Instant) -> Instant? {
        openings(around: now).lazy.map { span in (max(span.start, now), span.end) }
            .first { start, end in start < end && start + duration <= end }?.0
    }

    private func openings(around now: Instant) -> [MaintenanceWindow.Span] {
        let spans = windows.flatMap { $0.spans(around: now) }.sorted { ($0.start, $0.end) < ($1.start, $1.end) }
        return spans.reduce(into: []) { merged, span in
            if let last = merged.last, span.start <= last.end {
                merged[merged.count - 1].end = max(last.end, span.end)
            } else {
                merged.append(span)
            }
        }
    }
}
