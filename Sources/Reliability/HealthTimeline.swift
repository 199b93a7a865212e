package import ClusterModel

/// How many pods of one thing were healthy, from moment to moment.
///
/// Each step holds until the next; before the first one nothing is known.
package struct HealthTimeline: Hashable, Sendable {
    package struct Step: Hashable, Sendable {
        package var at: Instant
        package var healthy: Int
        /// How many there should be; 0 where none is wanted.
        package var wanted: Int
        /// False where nobody could look; the numbers then say nothing.
        package var observed: Bool

        package init(at: Instant, healthy: Int, wanted: Int, observed: Bool = true) {
            self.at = at
            self.healthy = healthy
            self.wanted = wanted
            self.observed = observed
        }

        /// None is healthy though some are wanted.
        var isDown: Bool { observed && healthy <= 0 && wanted > 0 }

        var isBelow: Bool { observed && healthy < wanted }
    }

    /// By time; of two at the same instant the later one in the array holds.
    package let steps: [Step]

    package init(_ steps: [Step]) {
        let ordered = steps.enumerated().sorted { ($0.element.at, $0.offset) < ($1.element.at, $1.offset) }
        self.steps = ordered.map(\.element)
    }

    /// When nothing was healthy though something was wanted.
    package func down(in window: Interval) -> [Interval] { intervals(in: window) { $0.isDown } }

    /// When fewer were healthy than wanted; for a budget, when it was broken.
    package func belowWanted(in window: Interval) -> [Interval] { intervals(in: window) { $0.isBelow } }

    /// When somebody looked.
    package func observed(in window: Interval) -> [Interval] { intervals(in: window) { $0.observed } }

    /// When nobody looked, the time before the first step included: neither up nor down.
    package func unobserved(in window: Interval) -> [Interval] {
        var gaps: [Interval] = []
        var end = window.start
        for seen in observed(in: window) {
            gaps.append(Interval(from: end, to: seen.start))
            end = seen.end
        }
        gaps.append(Interval(from: end, to: window.end))
        return gaps.filter { !$0.isEmpty }
    }

    /// Observed time that was not down, as a part of all observed time; nil where nobody looked.
    package func availability(in window: Interval) -> Double? {
        let observed = observed(in: window).duration
        guard observed > .zero else { return nil }
        return (observed - down(in: window).duration) / observed
    }

    private func intervals(in window: Interval, where holds: (Step) -> Bool) -> [Interval] {
        spans(in: window).compactMap { holds($0.step) ? $0.interval : nil }.union
    }

    /// Each step with the part of the window in which it holds, without those that hold nowhere in it.
    func spans(in window: Interval) -> [(step: Step, interval: Interval)] {
        steps.indices.compactMap { index in
            let end = index + 1 < steps.count ? steps[index + 1].at : window.end
            let whole = Interval(from: steps[index].at, to: max(end, steps[index].at))
            return whole.intersection(window).map { (steps[index], $0) }
        }
    }
}
