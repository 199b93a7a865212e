import ClusterModel
import Reliability
import TestSupport
import Testing

struct ProbeTests {
    private static let second = Duration.seconds(1)

    private static func fold(_ looks: [(Int64, ProbeLook)], every interval: Duration = second) -> [ProbeSpan] {
        var fold = ProbeFold(every: interval)
        for (at, look) in looks { fold.take(look, at: Instant(milliseconds: at)) }
        return fold.changes()
    }

    private static func span(_ start: Int64, _ end: Int64, _ isUp: Bool, lead: Int64 = 0) -> ProbeSpan {
        ProbeSpan(
            start: Instant(milliseconds: start),
            end: Instant(milliseconds: end),
            isUp: isUp,
            lead: .milliseconds(lead)
        )
    }

    @Test func `it is down from the first failed look to the first good one, and led in by the last good one`() {
        let spans = Self.fold([
            (0, .good(.zero)), (1000, .good(.zero)), (2010, .failed), (3000, .failed), (4020, .good(.zero)),
            (5000, .good(.zero)),
        ])
        #expect(
            spans == [Self.span(0, 2010, true), Self.span(2010, 4020, false, lead: 1010), Self.span(4020, 5000, true)]
        )
    }

    @Test func `a look that comes later than two intervals leaves a gap, and no downtime`() {
        let spans = Self.fold([(0, .failed), (1000, .failed), (3001, .failed), (4000, .good(.zero))])
        #expect(spans == [Self.span(0, 1000, false), Self.span(3001, 4000, false), Self.span(4000, 4000, true)])
        #expect(Self.fold([(0, .failed), (2000, .good(.zero))]).first == Self.span(0, 2000, false))
    }

    @Test func `a missed look breaks off what is known, and the next good one leads nothing in`() {
        let spans = Self.fold([(0, .good(.zero)), (1000, .missed), (2000, .failed), (3000, .good(.zero))])
        #expect(spans == [Self.span(0, 1000, true), Self.span(2000, 3000, false), Self.span(3000, 3000, true)])
    }

    @Test func `a clock that is set back lives no second twice`() {
        let spans = Self.fold([(5000, .good(.zero)), (1000, .failed), (2000, .failed), (6000, .good(.zero))])
        #expect(
            spans == [Self.span(5000, 5000, true), Self.span(5000, 6000, false, lead: 0), Self.span(6000, 6000, true)]
        )
    }

    @Test func `looks that overlap count in the order in which they were begun`() {
        var queue = ProbeQueue()
        let numbers = (0..<4).map { queue.begin(at: moment(Int64($0))) }
        #expect(queue.end(numbers[1], .failed).isEmpty)
        #expect(queue.end(numbers[2], .missed).isEmpty)
        #expect(queue.end(numbers[0], .good(.zero)).map(\.look) == [.good(.zero), .failed, .missed])
        let last = queue.begin(at: moment(9))
        #expect(queue.end(last, .failed).isEmpty)
        #expect(queue.end(numbers[3], .failed).map(\.at) == [moment(3), moment(9)])
    }

    /// What is looked at goes up and down at random moments; the looks come at random times after they are due.
    @Test(arguments: UInt64(1)...300)
    func `no figure is off by more than an interval for each end of an outage`(seed: UInt64) {
        var random = SplitMix(seed: seed)
        let interval: Int64 = 100
        var moments: [Int64] = []
        var at: Int64 = 0
        while at < 20_000 {
            at += Int64(random.below(3000)) + 2 * interval
            moments.append(at)
        }
        func isUp(_ at: Int64) -> Bool { moments.count { $0 <= at } % 2 == 0 }
        let looks = stride(from: Int64(0), to: 20_000, by: 100).map { due -> (Int64, ProbeLook) in
            let at = due + Int64(random.below(90))
            return (at, isUp(at) ? .good(.milliseconds(1)) : .failed)
        }
        let spans = Self.fold(looks, every: .milliseconds(interval))
        let record = ProbeRecord(
            ProbeID(workload: "a/b", name: "n", source: "tcp", interval: .milliseconds(interval)),
            sources: [spans]
        )
        let window = Interval(from: Instant(milliseconds: looks[0].0), to: Instant(milliseconds: looks[199].0))
        let outages = record.timeline.outages(in: window)
        let truth = (looks[0].0..<looks[199].0).count { !isUp($0) }
        let measured = outages.reduce(.zero) { $0 + $1.down }
        let slack = Duration.milliseconds(2 * interval) * outages.count
        #expect(measured <= .milliseconds(truth) + slack && measured + slack >= .milliseconds(truth))
        #expect(record.longestDown(outages) >= .milliseconds(truth) - .milliseconds(2 * interval))
        #expect(record.timeline.unobserved(in: window).isEmpty)
        // Another way: each look stands for the time to the next.
        let counted = zip(looks, looks.dropFirst()).reduce(Int64(0)) { sum, pair in
            pair.0.1 == .failed ? sum + pair.1.0 - pair.0.0 : sum
        }
        #expect(measured == .milliseconds(counted))
    }

    @Test func `what two processes saw of one probe counts once`() {
        let id = ProbeID(workload: "a/b", name: "n", source: "http", interval: Self.second)
        let record = ProbeRecord(
            id,
            sources: [
                [Self.span(0, 5000, true), Self.span(5000, 8000, false, lead: 1000), Self.span(8000, 9000, true)],
                [Self.span(4000, 5500, true), Self.span(5500, 7500, false, lead: 1000), Self.span(7500, 12_000, true)],
            ]
        )
        let window = Interval(from: moment(0), to: moment(12))
        #expect(record.timeline.observed(in: window).duration == .seconds(12))
        let outages = record.timeline.outages(in: window)
        #expect(outages.count == 1)
        #expect(record.longestDown(outages) == outages[0].down + .seconds(1))
    }
}

struct LatencyTests {
    @Test(arguments: UInt64(1)...100) func `percentiles are those of the sorted times, and never flatter`(seed: UInt64)
    {
        var random = SplitMix(seed: seed)
        let times = (0..<(1 + random.below(400))).map { _ in
            Int64(random.next() >> UInt64(24 + random.below(38)))
        }
        var histogram = LatencyHistogram()
        for time in times { histogram.record(.microseconds(time)) }
        let sorted = times.sorted()
        for part in [0.01, 0.5, 0.9, 0.99, 1] {
            let place = max(0, Int((part * Double(sorted.count)).rounded(.up)) - 1)
            let exact = Double(sorted[place])
            let told = histogram.percentile(part).map { ($0 / .microseconds(1)).rounded() } ?? -1
            #expect(told >= exact && told <= exact + max(1, exact / 128), "\(part): \(told) of \(exact)")
        }
        #expect(histogram.longest == .microseconds(sorted[sorted.count - 1]))
        #expect(histogram.count == times.count)
        #expect(LatencyHistogram(text: histogram.text) == histogram)
    }

    @Test func `sums are as if all had been counted by one`() {
        var (left, right, both) = (LatencyHistogram(), LatencyHistogram(), LatencyHistogram())
        for index in 0..<500 {
            let time = Duration.microseconds(index * index)
            if index % 3 == 0 { left.record(time) } else { right.record(time) }
            both.record(time)
        }
        #expect(left + right == both)
        #expect(LatencyHistogram().percentile(0.5) == nil)
        #expect(LatencyHistogram() + both == both)
    }

    @Test(arguments: ["", "1", "x;1", "1;a", "1;-3", "1;1:0", "1;1:-1", "-1;1", "1;9999999999999"])
    func `text that is no histogram is none`(text: String) { #expect(LatencyHistogram(text: text) == nil) }

    @Test func `an hour of looks at a tenth of a second takes some hundred bytes`() {
        var random = SplitMix(seed: 7)
        var histogram = LatencyHistogram()
        for _ in 0..<36_000 { histogram.record(.microseconds(1500 + random.below(9000))) }
        #expect(histogram.text.utf8.count < 2500)
    }
}
