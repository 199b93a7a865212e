import ClusterModel
import Reliability
import TestSupport
import Testing

/// Checks the timeline against counting every single millisecond.
struct RandomTests {
    @Test(arguments: UInt64(1)...400) func `the intervals agree with counting milliseconds`(seed: UInt64) {
        var random = SplitMix(seed: seed)
        let steps = (0..<random.below(9)).map { _ in
            HealthTimeline.Step(
                at: Instant(milliseconds: Int64(random.below(80)) - 20),
                healthy: random.below(3),
                wanted: random.below(3),
                observed: random.below(4) != 0
            )
        }
        let start = Int64(random.below(30)) - 10
        let end = start + Int64(random.below(60))
        let window = Interval(from: Instant(milliseconds: start), to: Instant(milliseconds: end))
        let counted = Stepping(steps, from: start, to: end)
        let timeline = HealthTimeline(steps)
        #expect(timeline.down(in: window).duration == .milliseconds(counted.down))
        #expect(timeline.belowWanted(in: window).duration == .milliseconds(counted.below))
        #expect(timeline.unobserved(in: window).duration == .milliseconds(counted.unobserved))
        let outages = timeline.outages(in: window)
        #expect(outages.count == counted.outages)
        #expect(outages.reduce(.zero) { $0 + $1.down } == .milliseconds(counted.down))
        let observed = Int(end - start) - counted.unobserved
        let availability = observed == 0 ? nil : Double(observed - counted.down) / Double(observed)
        #expect(agree(timeline.availability(in: window), availability))
    }

    @Test(arguments: UInt64(1)...200) func `a union agrees with counting milliseconds`(seed: UInt64) {
        var random = SplitMix(seed: seed)
        let intervals = (0..<random.below(8)).map { _ in
            let start = Int64(random.below(50))
            return Interval(
                from: Instant(milliseconds: start),
                to: Instant(milliseconds: start + Int64(random.below(20)) - 3)
            )
        }
        let covered = (0..<100).count { millisecond in
            intervals.contains { $0.start.milliseconds <= millisecond && millisecond < $0.end.milliseconds }
        }
        let union = intervals.union
        #expect(union.duration == .milliseconds(covered))
        for (earlier, later) in zip(union, union.dropFirst()) { #expect(earlier.end < later.start) }
    }

    private func agree(_ left: Double?, _ right: Double?) -> Bool {
        guard let left, let right else { return left == nil && right == nil }
        return abs(left - right) < 1e-9
    }
}

/// The same figures by looking at one millisecond after the other.
private struct Stepping {
    var down = 0
    var below = 0
    var unobserved = 0
    var outages = 0

    init(_ steps: [HealthTimeline.Step], from start: Int64, to end: Int64) {
        var isInOutage = false
        for millisecond in start..<end {
            var current: HealthTimeline.Step?
            for step in steps where step.at.milliseconds <= millisecond {
                if step.at >= current?.at ?? step.at { current = step }
            }
            guard let current, current.observed else {
                unobserved += 1
                continue
            }
            let isDown = current.healthy == 0 && current.wanted > 0
            if isDown && !isInOutage { outages += 1 }
            isInOutage = isDown
            down += isDown ? 1 : 0
            below += current.healthy < current.wanted ? 1 : 0
        }
    }
}
