import ClusterModel
import Execution
import Playbooks
import Ports
import Rollout
import Synchronization
import Testing

struct GateTests {
    /// Gates whose state the test sets, by the number of the look.
    private final class ScriptedGates: GateWatch {
        let looks = Mutex<[String]>([])
        let isOpen: @Sendable (Int) -> Bool

        init(_ isOpen: @escaping @Sendable (Int) -> Bool) { self.isOpen = isOpen }

        func obstacle(
            at gate: GateSettings,
            variables: [String: String],
            in cluster: Cluster?
        ) async throws -> String? {
            let count = looks.withLock { looks in
                looks.append(variables["NODE"] ?? variables["WAVE"] ?? "-")
                return looks.count
            }
            return isOpen(count) ? nil : "too many errors"
        }
    }

    private func voyage(_ gates: GateNames, stable: Duration = .zero) -> Voyage {
        var voyage = Voyage(seed: 2, workers: 2, apps: 2)
        voyage.outline.gates = gates
        voyage.gateSettings = [GateSettings(name: "errors", kind: .controlPlane, timeout: .seconds(60), stable: stable)]
        return voyage
    }

    @Test func `a gate that opens in time only holds the run up`() throws {
        var voyage = voyage(GateNames(campaign: ["errors"], waves: ["errors"], nodes: ["errors"], end: ["errors"]))
        let gates = ScriptedGates { $0 % 3 == 0 }
        voyage.gates = gates
        #expect(try voyage.live() == .finished)
        voyage.expectDoneOnce("gates")
        let opened = voyage.events.compactMap { if case .gateOpened(_, let place) = $0 { place } else { nil } }
        #expect(opened.contains(.campaign) && opened.contains(.end))
        #expect(opened.filter { if case .wave = $0 { true } else { false } } == [.wave(1), .wave(2)])
        #expect(opened.contains(.node("n001")) && opened.contains(.node("n002")))
        #expect(gates.looks.withLock(\.count) >= 15)
    }

    @Test func `a gate that stays closed halts the run before anything is cordoned, and resume looks again`() throws {
        var voyage = voyage(GateNames(waves: ["errors"]))
        let isOpen = Mutex(false)
        voyage.gates = ScriptedGates { _ in isOpen.withLock { $0 } }
        guard case .halted(let reason) = try voyage.live() else {
            Issue.record("must halt")
            return
        }
        #expect(reason.contains("errors") && reason.contains("too many errors"), "\(reason)")
        #expect(voyage.events.contains { if case .cordoned = $0 { true } else { false } } == false)
        isOpen.withLock { $0 = true }
        #expect(try voyage.live() == .finished)
        voyage.expectDoneOnce("second try")
    }

    @Test func `a node whose gate stays closed is not given back, and is once it opens`() throws {
        var voyage = voyage(GateNames(nodes: ["errors"]))
        let isOpen = Mutex(false)
        voyage.gates = ScriptedGates { _ in isOpen.withLock { $0 } }
        guard case .halted = try voyage.live() else {
            Issue.record("must halt")
            return
        }
        #expect(voyage.state.nodes["n001"]?.unschedulable == true)
        isOpen.withLock { $0 = true }
        #expect(try voyage.live() == .finished)
        voyage.expectDoneOnce("second try")
    }

    @Test func `a gate must be open on end for as long as it says`() throws {
        var voyage = voyage(GateNames(campaign: ["errors"]), stable: .seconds(20))
        let gates = ScriptedGates { $0 != 3 }
        voyage.gates = gates
        #expect(try voyage.live() == .finished)
        // Two looks, the closed one, and then every five seconds for twenty.
        #expect(gates.looks.withLock(\.count) == 8)
    }

    @Test func `a death while a gate is looked at costs nothing`() throws {
        for offset in stride(from: 1, through: 120, by: 9) {
            var voyage = voyage(GateNames(campaign: ["errors"], waves: ["errors"], nodes: ["errors"]))
            voyage.gates = ScriptedGates { $0 % 2 == 0 }
            #expect(try voyage.live(dyingAt: offset) == nil)
            #expect(try voyage.live() == .finished)
            voyage.expectDoneOnce("death at \(offset)")
        }
    }
}
