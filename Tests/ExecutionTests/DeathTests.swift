import ClusterModel
import Rollout
import Synchronization
import TestSupport
import Testing

/// The process dies at every instant there is: before and after each write of the journal, and before and after each
/// effect. Whatever the instant, the next process ends the campaign, and nothing is done twice.
struct DeathTests {
    private static func voyage(_ seed: UInt64) -> Voyage {
        Voyage(seed: seed, workers: 3, apps: 3, waveSize: seed % 2 == 0 ? 1 : 2)
    }

    @Test func `a death at any instant costs nothing`() throws {
        var deaths = 0
        for seed in 1...4 as ClosedRange<UInt64> {
            let calm = Self.voyage(seed)
            #expect(try calm.live() == .finished)
            calm.expectDoneOnce("no death")
            for death in 1...calm.instants {
                let voyage = Self.voyage(seed)
                #expect(try voyage.live(dyingAt: death) == nil, "no death at \(death)")
                let acknowledged = voyage.events
                #expect(try voyage.live() == .finished, "after a death at \(death)")
                voyage.expectDoneOnce("seed \(seed), death at \(death)")
                #expect(Array(voyage.events.prefix(acknowledged.count)) == acknowledged, "death at \(death)")
                deaths += 1
            }
        }
        #expect(deaths >= 700, "\(deaths)")
    }

    @Test func `a campaign whose processes die again and again comes to its end`() throws {
        var deaths = 0
        for seed in 10..<40 as Range<UInt64> {
            var random = SplitMix(seed: seed)
            let voyage = Self.voyage(seed)
            while try voyage.live(dyingAt: voyage.instants + 1 + Int(random.next() % 40)) == nil {
                deaths += 1
                try #require(deaths < 10_000)
            }
            voyage.expectDoneOnce("seed \(seed)")
        }
        #expect(deaths > 300)
    }
}

/// A machine's clock that was set forward or back between two processes.
struct ClockTests {
    @Test(arguments: [-400 * 86_400, -7200, -60, 60, 7200, 400 * 86_400])
    func `a clock that jumps costs nothing, and the journal's time does not go back`(seconds: Int) throws {
        for death in stride(from: 20, through: 180, by: 20) {
            let voyage = Voyage(seed: 2, workers: 3, apps: 3)
            #expect(try voyage.live(dyingAt: death) == nil)
            voyage.stage.jump(by: .seconds(seconds))
            voyage.shared.state.withLock { $0.shift(by: .seconds(seconds)) }
            #expect(try voyage.live() == .finished, "death at \(death)")
            voyage.expectDoneOnce("clock \(seconds) s, death at \(death)")
            let times = voyage.state.journal.map(\.at)
            #expect(zip(times, times.dropFirst()).allSatisfy { $0 <= $1 })
        }
    }
}
