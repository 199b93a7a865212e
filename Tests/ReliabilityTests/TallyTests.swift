import ClusterModel
import Reliability
import TestSupport
import Testing

/// Every figure against a calculation that walks second by second over what each observer last said.
struct TallyTests {
    @Test(arguments: 0..<1000) func `the figures equal those of a count of seconds`(seed: UInt64) {
        var random = SplitMix(seed: seed)
        let own = (0...random.below(3)).map { _ in Scene.observer(&random) }
        let budgets = (0..<random.below(3)).map { _ in Scene.observer(&random) }
        let maintenance = (0..<random.below(4)).map { _ in Scene.interval(&random) }
        let start = Int64(random.below(60))
        let window = start..<(start + 1 + Int64(random.below(60)))

        let tally = Tally(
            own: .merged(own.map { HealthTimeline($0.map(\.step)) }),
            budgets: budgets.map { HealthTimeline($0.map(\.step)) },
            window: span(window.lowerBound, window.upperBound),
            maintenance: maintenance.map { span($0.lowerBound, $0.upperBound) }
        )
        let count = SecondCount(own: own, budgets: budgets, window: window, maintenance: maintenance)

        #expect(tally.observed == .seconds(count.observed))
        #expect(tally.unobserved == .seconds(count.unobserved))
        #expect(tally.down == .seconds(count.outages.map(\.down).reduce(0, +)))
        #expect(tally.plannedDown == .seconds(count.outages.filter(\.planned).map(\.down).reduce(0, +)))
        #expect(tally.belowBudget == .seconds(count.below))
        #expect(tally.outages == count.outages.count)
        #expect(tally.plannedOutages == count.outages.filter(\.planned).count)
        #expect(tally.availability == count.availability)
        #expect(tally.meanTimeToRepair?.milliseconds == count.meanTimeToRepair)
        #expect(tally.meanTimeBetweenFailures?.milliseconds == count.meanTimeBetweenFailures)
        #expect(tally.meanTimeToDetect?.milliseconds == count.meanTimeToDetect)
    }

    @Test func `tallies of two things add up`() {
        let one = Tally(
            own: HealthTimeline([step(0, 0, 1), step(10, 1, 1), step(50, 0, 1), step(60, 1, 1)]),
            window: span(0, 100),
            maintenance: [span(45, 70)]
        )
        let other = Tally(own: HealthTimeline([step(0, 1, 1)]), window: span(0, 300), maintenance: [])
        let both = one + other
        #expect(both.observed == .seconds(400))
        #expect(both.down == .seconds(20))
        #expect(both.plannedDown == .seconds(10))
        #expect(both.availability == 0.95)
        #expect(both.availabilityWithoutPlanned == 380.0 / 390)
        #expect(both.meanTimeToRepair == .seconds(10))
        #expect(both.unplannedMeanTimeToRepair == .seconds(10))
        #expect(both.meanTimeBetweenFailures == .seconds(50))
    }

    @Test func `an outage belongs to the maintenance it began in, to its last second`() {
        let timeline = HealthTimeline([step(0, 1, 1), step(19, 0, 1), step(60, 1, 1)])
        let tally = Tally(own: timeline, window: span(0, 100), maintenance: [span(10, 20)])
        #expect(tally.plannedDown == .seconds(41))
        #expect(tally.unplannedDown == .zero)
        #expect(tally.unplannedMeanTimeToRepair == nil)
    }

    @Test func `a thing of which nobody saw anything has no figures`() {
        let tally = Tally(own: nil, window: span(0, 100), maintenance: [])
        #expect(tally == Tally())
        #expect(tally.availability == nil)
        #expect(tally.meanTimeToRepair == nil)
    }
}

/// What one observer says at a second; nothing of its own choice is wanted or healthy where it cannot look.
struct Word {
    var at: Int64
    var healthy: Int
    var wanted: Int
    var observed: Bool
    var step: HealthTimeline.Step {
        HealthTimeline.Step(at: moment(at), healthy: healthy, wanted: wanted, observed: observed)
    }
}

enum Scene {
    static func observer(_ random: inout SplitMix) -> [Word] {
        (0..<random.below(12)).map { _ in
            Word(
                at: Int64(random.below(120)),
                healthy: random.below(3),
                wanted: random.below(4),
                observed: random.below(4) > 0
            )
        }.sorted { $0.at < $1.at }
    }

    static func interval(_ random: inout SplitMix) -> Range<Int64> {
        let start = Int64(random.below(100))
        return start..<(start + Int64(random.below(30)))
    }
}

/// The other calculation: a state for each second, then a walk over the seconds.
struct SecondCount {
    enum State { case unknown, up, down }
    struct Spell {
        var start: Int64
        var down: Int64
        var planned: Bool
    }

    var observed: Int64 = 0
    var unobserved: Int64 = 0
    var below: Int64 = 0
    var outages: [Spell] = []
    var delays: [Int64] = []

    init(own: [[Word]], budgets: [[Word]], window: Range<Int64>, maintenance: [Range<Int64>]) {
        var open = false
        var lastUp: Int64?
        for second in -1..<window.upperBound {
            let state = Self.state(own, at: second)
            let counts = window.contains(second)
            if counts {
                if state != .unknown { observed += 1 }
                if Self.isGap(own, at: second) { unobserved += 1 }
                if budgets.contains(where: { Self.isBelow($0, at: second) }) { below += 1 }
            }
            switch state {
            case .unknown: break
            case .up:
                open = false
                lastUp = second
            case .down:
                if !open || outages.isEmpty, counts {
                    outages.append(Spell(start: second, down: 0, planned: maintenance.contains { $0.contains(second) }))
                }
                if !open, counts, let lastUp { delays.append(second - lastUp - 1) }
                open = true
                if counts { outages[outages.count - 1].down += 1 }
            }
        }
    }

    var availability: Double? {
        let down = outages.map(\.down).reduce(0, +)
        return observed > 0 ? Double(observed - down) / Double(observed) : nil
    }
    var meanTimeToRepair: Int64? { Self.mean(outages.map(\.down)) }
    var meanTimeBetweenFailures: Int64? { Self.mean(zip(outages, outages.dropFirst()).map { $1.start - $0.start }) }
    var meanTimeToDetect: Int64? { Self.mean(delays) }

    private static func mean(_ seconds: [Int64]) -> Int64? {
        seconds.isEmpty ? nil : seconds.reduce(0, +) * 1000 / Int64(seconds.count)
    }

    private static func state(_ observers: [[Word]], at second: Int64) -> State {
        var best: Word?
        for word in observers.compactMap({ $0.last { $0.at <= second } }) where word.observed {
            guard let known = best else {
                best = word
                continue
            }
            if word.at > known.at || (word.at == known.at && word.healthy < known.healthy) { best = word }
        }
        guard let best else { return .unknown }
        return best.healthy == 0 && best.wanted > 0 ? .down : .up
    }

    private static func isGap(_ observers: [[Word]], at second: Int64) -> Bool {
        let begun = observers.contains { $0.contains { $0.at <= second } }
        return begun && state(observers, at: second) == .unknown
    }

    private static func isBelow(_ budget: [Word], at second: Int64) -> Bool {
        guard let word = budget.last(where: { $0.at <= second }), word.observed else { return false }
        return word.healthy < word.wanted
    }
}
