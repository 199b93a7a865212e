import ClusterModel
import Execution
import Planning
import Ports
import Rollout
import Synchronization
import TestSupport
import Testing

/// The eager pace: nobody waits for a straggler, and every limit holds all the same.
struct PaceTests {
    /// Lets so many nodes be out at once, whatever runs on them.
    private struct Limit: WaveJudge {
        var maxOut: Int

        func verdict(on wave: Wave, remaining: [String], settled: Set<String>, in cluster: Cluster) -> WaveVerdict {
            .holds
        }

        func guest(of party: WaveParty, in cluster: Cluster) -> String? {
            party.out.count < maxOut ? party.candidates.first : nil
        }
    }

    private static let straggling: Duration = .seconds(7200)

    /// Twelve nodes, two at a time, the first of which takes two hours and the others a minute and a half.
    private static func campaign(_ pace: Pace) -> Voyage {
        var voyage = Voyage(seed: 4, workers: 12, apps: 4, waveSize: 2)
        voyage.outline.pace = pace
        voyage.judge = Limit(maxOut: 2)
        voyage.shared.state.withLock { $0.faults.slow = [voyage.waves[0][0]: straggling] }
        return voyage
    }

    private static func length(_ voyage: Voyage) -> Duration {
        (voyage.state.journal.last?.at ?? Voyage.start).since(Voyage.start)
    }

    @Test func `beside a straggler the others go on, where a wave would wait`() throws {
        let (waves, eager) = (Self.campaign(.wave), Self.campaign(.eager))
        #expect(try waves.live() == .finished)
        #expect(try eager.live() == .finished)
        for voyage in [waves, eager] {
            voyage.expectDoneOnce("a straggler")
            #expect(voyage.state.mostOut == 2)
        }
        let straggler = eager.waves[0][0]
        let back = try #require(eager.state.journal.lastIndex { $0.event == .uncordoned(node: straggler) })
        let late = eager.state.journal[back...].compactMap { line in
            if case .cordoned(let node) = line.event { node } else { nil }
        }
        #expect(late.isEmpty, "\(late) waited for the straggler")
        // The straggler alone decides how long it takes; with waves, five of them come on top.
        #expect(Self.length(eager) < Self.straggling + .seconds(240), "\(Self.length(eager))")
        #expect(Self.length(waves) > Self.length(eager) + .seconds(240), "\(Self.length(waves))")
    }

    @Test(arguments: 1...12 as ClosedRange<UInt64>)
    func `an eager campaign breaks no budget and no limit, whenever its processes die`(seed: UInt64) throws {
        var random = SplitMix(seed: seed)
        let limit = 1 + Int(random.next() % 3)
        var voyage = Voyage(seed: seed, workers: 9, apps: 4, waveSize: 1 + Int(random.next() % UInt64(limit)))
        voyage.outline.pace = .eager
        voyage.judge = Limit(maxOut: limit)
        voyage.isKept = seed % 2 == 0
        let slow = voyage.waves.joined().filter { _ in random.chance(20) }
        voyage.shared.state.withLock { state in
            for node in slow { state.faults.slow[node] = .seconds(100) }
        }
        var deaths = 0
        while try voyage.live(dyingAt: voyage.instants + 1 + Int(random.next() % 120)) == nil {
            deaths += 1
            try #require(deaths < 1000)
        }
        voyage.expectDoneOnce("seed \(seed)")
        #expect(voyage.state.mostOut <= limit, "seed \(seed)")
    }

    @Test func `nodes that fail beside a straggler stop an eager campaign as any other`() throws {
        var voyage = Self.campaign(.eager)
        voyage.outline.deadlines.nodeReady = .seconds(300)
        voyage.shared.state.withLock { $0.faults.neverReady = 100 }
        guard case .halted(let reason) = try voyage.live() else {
            Issue.record("must halt")
            return
        }
        #expect(reason.contains("not Ready"), "\(reason)")
        // What was being serviced ended, nothing new began.
        #expect(voyage.state.mostOut == 2)
    }

    @Test func `a canary is not overtaken, and is watched before anybody joins`() throws {
        var voyage = Self.campaign(.eager)
        voyage.outline.waves[0].isCanary = true
        voyage.outline.soak = .seconds(600)
        #expect(try voyage.live() == .finished)
        voyage.expectDoneOnce("canary")
        let lines = voyage.state.journal
        let end = try #require(lines.first { $0.event == .waveFinished(wave: 1) }?.at)
        let next = try #require(lines.first { $0.event == .cordoned(node: voyage.waves[1][0]) }?.at)
        #expect(next.since(end) >= .seconds(600))
    }

    @Test func `nobody joins outside of the maintenance windows`() throws {
        var voyage = Self.campaign(.eager)
        // Voyages begin at 08:00 UTC.
        voyage.outline.windows = WindowSchedule([
            MaintenanceWindow(days: Set(0...6), start: 480, end: 490, zone: .utc)
        ])
        voyage.outline.expected = ExpectedTimes(service: .seconds(240), round: .seconds(60))
        #expect(try voyage.live() == .finished)
        voyage.expectDoneOnce("windows")
        let schedule = voyage.outline.windows
        for line in voyage.state.journal {
            switch line.event {
            case .joined, .waveAdmitted: #expect(schedule.start(for: .seconds(300), from: line.at) == line.at)
            default: break
            }
        }
    }
}

/// What becomes of nodes that are out when a maintenance window closes.
struct WindowCloseTests {
    /// An opening of an hour from 08:00 on, when voyages begin, and one from 10:00 on; the first step takes 90 minutes on
    /// one node.
    private static func campaign(_ policy: WindowClose) -> Voyage {
        var voyage = Voyage(seed: 6, workers: 4, apps: 3, waveSize: 2)
        voyage.outline.windows = WindowSchedule([
            MaintenanceWindow(days: Set(0...6), start: 480, end: 540, zone: .utc),
            MaintenanceWindow(days: Set(0...6), start: 600, end: 660, zone: .utc),
        ])
        voyage.outline.onWindowClose = policy
        voyage.outline.expected = ExpectedTimes(service: .seconds(1200), round: .seconds(60))
        voyage.shared.state.withLock { $0.faults.slow = [voyage.waves[0][0]: .seconds(5400)] }
        return voyage
    }

    private static func boots(_ voyage: Voyage) -> [String: Instant] {
        voyage.state.journal.reduce(into: [:]) { boots, line in
            if case .rebooting(let node, _, _) = line.event { boots[node] = line.at }
        }
    }

    @Test func `nodes that are out are finished after the window, where the policy says so`() throws {
        let voyage = Self.campaign(.finish)
        #expect(try voyage.live() == .finished)
        voyage.expectDoneOnce("finish")
        let boot = try #require(Self.boots(voyage)[voyage.waves[0][0]])
        #expect(boot.since(Voyage.start) < .seconds(6000), "\(boot)")
    }

    @Test func `nodes that are out stop after their step until the next window, where the policy says so`() throws {
        let voyage = Self.campaign(.pause)
        #expect(try voyage.live() == .finished)
        voyage.expectDoneOnce("pause")
        let boots = Self.boots(voyage)
        for (node, boot) in boots {
            #expect(voyage.outline.windows.closing(after: boot) != nil, "\(node) rebooted at \(boot)")
        }
        let slow = try #require(boots[voyage.waves[0][0]])
        #expect(slow.since(Voyage.start) >= .seconds(7200), "\(slow)")
        let reasons = voyage.events.compactMap { if case .held(let reason) = $0 { reason } else { nil } }
        #expect(reasons.contains { $0.contains("the maintenance window has closed") }, "\(reasons)")
    }

    @Test func `nodes that only drain when the window closes go back to service until the next one`() throws {
        var voyage = Self.campaign(.pause)
        voyage.waves = [voyage.waves[0]]
        voyage.outline.waves = [voyage.outline.waves[0]]
        voyage.outline.deadlines.drain = .seconds(86_400)
        // A budget that lets nobody go holds the drain up until long after the closing.
        voyage.shared.state.withLock { state in
            for app in state.apps.indices where state.apps[app].budget != nil {
                state.agenda.append((state.now, .tighten(app: app)))
                state.agenda.append((state.now + .seconds(7200), .loosen(app: app)))
            }
        }
        let names = voyage.waves[0]
        #expect(try voyage.live() == .finished)
        let turns = voyage.state.journal.filter { line in
            guard case .uncordoned = line.event else { return false }
            return true
        }
        #expect(turns.count > names.count, "some went back without service")
        for name in names { #expect(voyage.state.hosts[name]?.done["patch"] == 1) }
    }
}
