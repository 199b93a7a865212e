import ClusterModel
import Reliability
import TestSupport
import Testing

struct SourceTests {
    /// A watcher that is killed and restarted, that loses the API, and that writes only what differs from what it wrote
    /// before: what it then knows is what was true while it looked, no second more and none twice.
    @Test(arguments: 0..<300) func `interruptions neither lose nor invent nor double a second`(seed: UInt64) {
        var random = SplitMix(seed: seed)
        let truth = (0..<200).map { _ in random.below(6) }.map { $0 == 0 ? 0 : 1 }
        let spans = (0..<random.below(6)).map { _ in Scene.interval(&random) }
        var written: [HealthTimeline.Step] = []
        var last: Int?
        for second in Int64(0)..<200 where spans.contains(where: { $0.contains(second) }) {
            guard truth[Int(second)] != last else { continue }
            last = truth[Int(second)]
            written.append(step(second, truth[Int(second)], 1))
        }
        let seen = HealthTimeline(written).seen(in: spans.map { span($0.lowerBound, $0.upperBound) })
        let looked = (0..<200).filter { second in spans.contains { $0.contains(Int64(second)) } }
        let window = span(0, 200)
        #expect(seen.observed(in: window).duration == .seconds(looked.count))
        #expect(seen.down(in: window).duration == .seconds(looked.count { truth[$0] == 0 }))
        #expect(HealthTimeline.merged([seen, seen]).down(in: window) == seen.down(in: window))
    }

    @Test func `of two observers the newest word counts, and a gap of one is no gap`() {
        let run = HealthTimeline([step(10, 1, 1), step(20, 0, 1), step(30, 0, 1, observed: false)])
        let watch = HealthTimeline([step(0, 1, 1), step(22, 0, 1), step(40, 1, 1)])
        let both = HealthTimeline.merged([run, watch])
        #expect(both.down(in: span(0, 100)) == [span(20, 40)])
        #expect(both.unobserved(in: span(0, 100)).isEmpty)
    }

    @Test func `no observer knows nothing`() {
        #expect(HealthTimeline.merged([]).steps.isEmpty)
        #expect(HealthTimeline([]).seen(in: [span(0, 10)]).steps.isEmpty)
    }

    @Test func `a machine that was replaced was away, and one that stays away is not missed`() {
        let replaced = HealthTimeline([step(0, 1, 1), step(10, 0, 0), step(50, 1, 1), step(80, 0, 0)]).countingAbsence
        #expect(replaced.down(in: span(0, 100)) == [span(10, 50)])
    }

    @Test func `how long an outage went unnoticed is at most the gap before it`() {
        let timeline = HealthTimeline([
            step(0, 1, 1), step(10, 0, 1), step(20, 1, 1), step(30, 1, 1, observed: false), step(45, 0, 1),
        ])
        #expect(timeline.detectionDelays(in: span(0, 100)) == [.zero, .seconds(15)])
        #expect(HealthTimeline([step(0, 0, 1)]).detectionDelays(in: span(0, 100)).isEmpty)
    }
}

struct ErrorBudgetTests {
    private static let tally = Tally(
        own: HealthTimeline([
            step(0, 1, 1), step(100, 0, 1), step(104, 1, 1), step(500, 0, 1), step(501, 1, 1),
        ]),
        window: span(0, 1000),
        maintenance: [span(90, 110)]
    )

    @Test func `an objective allows its share of the observed time`() {
        let budget = ErrorBudget(Objective(availability: 0.99, window: .seconds(1000)), Self.tally)
        #expect(budget.allowed.milliseconds == 10_000 || budget.allowed.milliseconds == 9999)
        #expect(budget.spent == .seconds(5))
        #expect(budget.isKept)
        #expect((budget.spentShare ?? 0) > 0.4999 && (budget.spentShare ?? 0) < 0.5001)
    }

    @Test func `a contract may leave maintenance out, of the downtime and of the time`() {
        let objective = Objective(availability: 0.999, window: .seconds(1000), countsPlanned: false)
        let budget = ErrorBudget(objective, Self.tally)
        #expect(budget.spent == .seconds(1))
        #expect(!budget.isKept)
        #expect(budget.left < .zero)
    }

    @Test func `where nothing was observed there is no budget and none is broken`() {
        let budget = ErrorBudget(Objective(availability: 0.999, window: .seconds(1000)), Tally())
        #expect(budget.spentShare == nil)
        #expect(budget.isKept)
    }
}
