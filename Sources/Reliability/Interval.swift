package import ClusterModel

/// The time from `start` up to, and without, `end`.
package struct Interval: Hashable, Sendable {
    package var start: Instant
    package var end: Instant

    /// An interval whose end does not come after its start is empty.
    package init(from start: Instant, to end: Instant) {
        self.start = start
        self.end = end
    }

    package var isEmpty: Bool { end <= start }

    package var duration: Duration { isEmpty ? .zero : end.since(start) }

    /// What both have in common; nil where that is nothing.
    package func intersection(_ other: Interval) -> Interval? {
        let common = Interval(from: max(start, other.start), to: min(end, other.end))
        return common.isEmpty ? nil : common
    }
}

extension [Interval] {
    /// The same moments in the fewest intervals, the earliest first; touching ones become one.
    package var union: [Interval] {
        var merged: [Interval] = []
        for interval in filter({ !$0.isEmpty }).sorted(by: { $0.start < $1.start }) {
            if let last = merged.last, interval.start <= last.end {
                merged[merged.count - 1].end = Swift.max(last.end, interval.end)
            } else {
                merged.append(interval)
            }
        }
        return merged
    }

    /// The sum of the lengths; moments that lie in two of them count twice.
    package var duration: Duration { reduce(.zero) { $0 + $1.duration } }
}
