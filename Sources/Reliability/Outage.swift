package import ClusterModel

/// From the moment at which something was seen to be down until it was seen not to be.
///
/// A gap in the observation does not end it and does not lengthen it: a thing that is down before and after a gap had
/// one outage, of which only the observed part counts.
package struct Outage: Hashable, Sendable {
    /// First seen down.
    package var start: Instant
    /// Last seen down.
    package var end: Instant
    /// Time in which it was seen down; less than from start to end where nobody looked for a while.
    package var down: Duration
    /// It was seen to end.
    package var isOver: Bool

    package init(start: Instant, end: Instant, down: Duration, isOver: Bool) {
        self.start = start
        self.end = end
        self.down = down
        self.isOver = isOver
    }
}

extension HealthTimeline {
    /// The outages in the window, the earliest first, each cut to the window.
    package func outages(in window: Interval) -> [Outage] {
        var outages: [Outage] = []
        for (step, interval) in spans(in: window) where step.observed {
            let continues = outages.last.map { !$0.isOver } ?? false
            if !step.isDown {
                if continues { outages[outages.count - 1].isOver = true }
            } else if continues {
                outages[outages.count - 1].end = interval.end
                outages[outages.count - 1].down += interval.duration
            } else {
                outages.append(
                    Outage(start: interval.start, end: interval.end, down: interval.duration, isOver: false)
                )
            }
        }
        return outages
    }
}

extension Outage {
    /// Whether it began in one of these, and so belongs to them to its end.
    package func began(in intervals: [Interval]) -> Bool { intervals.hold(start) }
}
