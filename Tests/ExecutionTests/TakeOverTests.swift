import ClusterModel
import Execution
import Ports
import Rollout
import Synchronization
import Testing

/// Machine A dies and its disk is lost; B goes on from what lies in the cluster; A comes back.
struct TakeOverTests {
    private static func voyage() -> Voyage {
        var voyage = Voyage(seed: 3, workers: 3, apps: 3, waveSize: 2)
        voyage.isKept = true
        return voyage
    }

    /// What B finds in the cluster becomes its journal.
    private func moveDisk(_ voyage: Voyage) throws -> Bool {
        let stored = voyage.state.stored
        let events = try stored.map { try KeptCampaign(text: $0.text).story } ?? []
        voyage.shared.state.withLock { state in
            state.journal = events.map { JournalLine(at: $0.at, event: $0.event) }
        }
        return stored != nil
    }

    @Test func `whenever A dies, B ends the campaign and does nothing twice`() throws {
        let calm = Self.voyage()
        #expect(try calm.live() == .finished)
        calm.expectDoneOnce("no death")
        var taken = 0
        for death in stride(from: 1, through: calm.instants, by: 3) {
            let voyage = Self.voyage()
            #expect(try voyage.live(dyingAt: death) == nil)
            guard try moveDisk(voyage) else { continue }
            #expect(try voyage.live(holder: "b", takesOver: true) == .finished, "death at \(death)")
            voyage.expectDoneOnce("death at \(death)")
            taken += 1
        }
        #expect(taken > 80)
    }

    @Test func `A comes back and stops before any write, while B is at work and afterwards`() throws {
        for death in [60, 90, 120, 150] {
            let voyage = Self.voyage()
            #expect(try voyage.live(dyingAt: death) == nil)
            let disk = voyage.state.journal
            #expect(try moveDisk(voyage))
            // B takes over, and is killed amid its work.
            #expect(try voyage.live(dyingAt: voyage.instants + 60, holder: "b", takesOver: true) == nil)
            let diskOfB = voyage.state.journal
            for isOver in [false, true] {
                voyage.shared.state.withLock { $0.journal = isOver ? diskOfB : disk }
                if isOver { #expect(try voyage.live(holder: "b") == .finished) }
                voyage.shared.state.withLock { $0.journal = disk }
                let before = voyage.state
                let error = #expect(throws: ExecutionError.self) { try voyage.live(holder: "a") }
                switch error {
                case .leaseHeld, .takenOver: break
                default: Issue.record("\(String(describing: error))")
                }
                let after = voyage.state
                #expect(after.journal.count == disk.count)
                #expect(after.evictions == before.evictions && after.stored == before.stored)
                #expect(after.hosts.mapValues(\.boot) == before.hosts.mapValues(\.boot))
                #expect(after.nodes == before.nodes)
            }
            voyage.expectDoneOnce("after B's end, death at \(death)")
        }
    }

    @Test func `a machine that slept through a take-over stops at its next write of the state`() throws {
        let voyage = Self.voyage()
        #expect(try voyage.live(dyingAt: 100) == nil)
        // Somebody else writes while A is at work.
        let ports = WorldPorts(voyage.shared, time: voyage.stage, dyingAt: nil)
        let run = voyage.process(ports, holder: "a")
        let result = voyage.stage.play(
            { try await run.run() },
            pass: { now in
                let (next, changed) = voyage.shared.state.withLock { state in
                    let passed = state.pass(to: now)
                    if now > Voyage.start + .seconds(20), let stored = state.stored, stored.version != "b" {
                        state.stored = StoredCampaign(text: stored.text, version: "b")
                    }
                    return passed
                }
                if changed { ports.show() }
                return next
            }
        )
        guard case .failure(ExecutionError.takenOver) = result else {
            Issue.record("\(String(describing: result))")
            return
        }
    }
}
