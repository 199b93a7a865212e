import ClusterModel
import Execution
import Foundation
import Planning
import Playbooks
import Ports
import Rollout
import Synchronization
import TestSupport
import Testing

/// Campaigns of many nodes in a world where everything goes wrong now and then: connections are reset, steps fail,
/// machines do not come back, other nodes are lost, budgets are tightened, and the process dies.
///
/// `EVENKEEL_SOAK` makes it 200 campaigns of 200 nodes each; `EVENKEEL_CAMPAIGNS` says how many.
struct ChaosTests {
    private static let environment = ProcessInfo.processInfo.environment
    private static let asked = environment["EVENKEEL_CAMPAIGNS"].flatMap { UInt64($0) }
    private static let isLong = asked != nil || environment["EVENKEEL_SOAK"] != nil
    private static let nodes = isLong ? 200 : 60
    private static let count = asked ?? (isLong ? 200 : 5)
    static let seeds: [UInt64] = Array(1...count)

    @Test(arguments: seeds) func `whatever happens, the campaign stands in a documented state`(seed: UInt64) throws {
        var random = SplitMix(seed: seed ^ 0xC0FFEE)
        var voyage = Voyage(
            seed: seed,
            workers: Self.nodes,
            apps: Self.nodes / 6,
            waveSize: 1 + Int(random.next() % 6)
        )
        voyage.judge = CalmJudge()
        voyage.outline.maxFailures = 1 + Int(random.next() % 3)
        voyage.outline.undoesFailures = random.chance(50)
        voyage.outline.deadlines = Deadlines(drain: .seconds(1800), nodeReady: .seconds(300), recover: .seconds(1800))
        voyage.steps[0].undo = "take it back"
        voyage.outline.undoable = voyage.outline.steps.mapValues { _ in [0, 1] }
        voyage.shared.state.withLock { state in
            state.faults.stepFails = 3
            state.faults.connectionFails = 1
            state.faults.neverReady = 2
            state.plant(troubles: Self.nodes / 4, within: Self.nodes * 60)
        }
        for attempt in 1...200 {
            let death = random.chance(30) ? voyage.instants + 1 + Int(random.next() % 400) : nil
            let conclusion = try voyage.live(dyingAt: death)
            explain(voyage, conclusion, "seed \(seed), attempt \(attempt)")
            if conclusion == .finished { break }
            // The operator looks at what has failed, and switches on what is off.
            voyage.shared.state.withLock { state in
                for (name, node) in state.nodes where !node.ready { state.agenda.append((state.now, .nodeReady(name))) }
            }
            try #require(attempt < 200, "seed \(seed) comes to no end")
        }
        let state = voyage.state
        #expect(state.broken.isEmpty, "seed \(seed): \(state.broken)")
        #expect(Set(state.nodes.values.filter(\.unschedulable).map(\.name)) == voyage.foreign, "seed \(seed)")
        #expect(state.marks.isEmpty)
        for name in voyage.waves.joined() {
            let done = state.hosts[name]?.done ?? [:]
            #expect(done["patch"] == 1, "seed \(seed): \(name)")
            // What was taken back is done anew.
            let takenBack = voyage.events.count { if case .undone(name, 1, _) = $0 { true } else { false } }
            #expect((1...1 + takenBack).contains(done["reboot"] ?? 0), "seed \(seed): \(name)")
        }
    }

    /// Replays the journal as `status` does: each node has its words, and what is cordoned is known to be so.
    private func explain(_ voyage: Voyage, _ conclusion: Conclusion?, _ comment: Comment) {
        var rollout = Rollout(RolloutOutline(waves: voyage.outline.waves, steps: [:]))
        for event in voyage.events { rollout.apply(event, at: voyage.stage.now) }
        if conclusion != nil { #expect(rollout.conclusion == conclusion, comment) }
        if case .halted(let reason) = conclusion { #expect(!reason.isEmpty, comment) }
        let words = NodeWords(rollout, reason: rollout.stopping, isAtWork: false)
        for name in voyage.waves.joined() { #expect(!words.text(of: name).isEmpty, comment) }
        let cordoned = Set(voyage.state.owners.filter { $0.value == "run-1" }.map(\.key))
        let known = Set(rollout.cordonedNodes)
        // A process that died may have cordoned, or given back, what it could not write down any more.
        if conclusion != nil { #expect(cordoned == known, comment) }
    }
}

/// A wave may start only while all other nodes are Ready.
private struct CalmJudge: WaveJudge {
    func verdict(on wave: Wave, remaining: [String], settled: Set<String>, in cluster: Cluster) -> WaveVerdict {
        let lost = cluster.nodes.filter { !$0.ready && !$0.unschedulable }.map(\.name)
        return lost.isEmpty ? .holds : .refuted(reason: "\(lost[0]) is not Ready")
    }
}
