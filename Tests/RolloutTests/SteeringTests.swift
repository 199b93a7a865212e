import ClusterModel
import Planning
import Rollout
import Testing

struct SteeringTests {
    private let start = Instant(milliseconds: 1_000_000)

    private var cluster: Cluster {
        Cluster(nodes: ["a", "b", "c"].map { Node(name: $0, allocatable: Resources(cpu: 4000, pods: 10)) })
    }

    private func rollout(steers: Bool = true, versions: [String?] = [nil, nil, nil]) -> Rollout {
        let waves = zip(1..., zip(["a", "b", "c"], versions)).map { number, wave in
            Wave(number: number, rounds: 1, nodes: [wave.0], moves: [], version: wave.1.flatMap { Version($0) })
        }
        return Rollout(RolloutOutline(waves: waves, steps: ["a": ["s"], "b": ["s"], "c": ["s"]], steers: steers))
    }

    private func work(_ effects: [Effect]) -> [Effect] {
        effects.filter { if case .wake = $0 { false } else { true } }
    }

    private func tell(_ rollout: inout Rollout, _ events: Event...) -> [Effect] {
        var effects: [Effect] = []
        for event in events { effects = work(rollout.handle(.recorded(event), at: start)) }
        return effects
    }

    private func wholeWave(_ number: Int, _ node: String) -> [Event] {
        [
            .waveAdmitted(wave: number, healthy: []), .cordoned(node: node), .drained(node: node),
            .stepFinished(node: node, step: 0, report: StepReport(name: "s", outcome: .done)),
            .verified(node: node), .uncordoned(node: node),
        ]
    }

    @Test func `nodes still to come are written down, marked, and only then the first wave is proven`() {
        var rollout = rollout()
        let first = work(rollout.handle(.observed(cluster), at: start))
        #expect(first == [.record(.steering(nodes: ["b", "c"]))])
        let second = tell(&rollout, .steering(nodes: ["b", "c"]))
        #expect(second == [.steer(nodes: ["b", "c"], mark: ["b", "c"], unmark: [])])
        #expect(work(rollout.handle(.tick, at: start)).isEmpty, "the marks are being set")
        #expect(tell(&rollout, .steered(nodes: ["b", "c"], trouble: nil)) == [.prove(wave: 1)])
    }

    @Test func `a node loses its mark before its wave, and the last one too before the end`() {
        var rollout = rollout()
        _ = rollout.handle(.observed(cluster), at: start)
        _ = tell(&rollout, .steering(nodes: ["b", "c"]), .steered(nodes: ["b", "c"], trouble: nil))
        for event in wholeWave(1, "a") { _ = rollout.handle(.recorded(event), at: start) }
        #expect(tell(&rollout, .waveFinished(wave: 1)) == [.steer(nodes: ["c"], mark: [], unmark: ["b"])])
        #expect(tell(&rollout, .steered(nodes: ["c"], trouble: nil)) == [.prove(wave: 2)])
        for event in wholeWave(2, "b") { _ = rollout.handle(.recorded(event), at: start) }
        #expect(tell(&rollout, .waveFinished(wave: 2)) == [.steer(nodes: [], mark: [], unmark: ["c"])])
        for event in wholeWave(3, "c") { _ = rollout.handle(.recorded(event), at: start) }
        _ = tell(&rollout, .steered(nodes: [], trouble: nil))
        #expect(tell(&rollout, .waveFinished(wave: 3)) == [.record(.finished), .conclude(.finished)])
    }

    @Test func `a halt waits until the marks are gone`() {
        var rollout = rollout()
        _ = rollout.handle(.observed(cluster), at: start)
        _ = tell(&rollout, .steering(nodes: ["b", "c"]), .steered(nodes: ["b", "c"], trouble: nil))
        _ = tell(&rollout, .waveAdmitted(wave: 1, healthy: []), .interrupted, .cordoned(node: "a"))
        let stopped = tell(&rollout, .uncordoned(node: "a"))
        #expect(stopped == [.steer(nodes: [], mark: [], unmark: ["b", "c"])])
        #expect(tell(&rollout, .steered(nodes: [], trouble: nil)) == [.record(.halted(reason: "interrupted"))])
    }

    @Test(arguments: [[], ["b", "c"]])
    func `a run that was killed amid marking sets the marks again, and takes all of them away in the end`(
        confirmed: [String]
    ) {
        var rollout = rollout()
        rollout.apply(.steering(nodes: ["b", "c"]), at: start)
        if !confirmed.isEmpty { rollout.apply(.steered(nodes: confirmed, trouble: nil), at: start) }
        rollout.apply(.resumed, at: start)
        let effects = work(rollout.handle(.observed(cluster), at: start))
        #expect(effects == [.steer(nodes: ["b", "c"], mark: ["b", "c"], unmark: [])])
        _ = tell(&rollout, .steered(nodes: ["b", "c"], trouble: nil), .interrupted)
        #expect(rollout.marks == ["b", "c"])
    }

    @Test func `who does not steer marks nothing, but takes away what was marked`() {
        var rollout = rollout(steers: false)
        #expect(work(rollout.handle(.observed(cluster), at: start)) == [.prove(wave: 1)])
        #expect(rollout.marks.isEmpty)
    }

    @Test func `nodes that have their turn anew in a later hop are not marked for it`() {
        let waves = self.rollout(versions: ["1.31", "1.31", "1.32"]).outline.waves
        #expect(Steering.nodes(of: waves, at: 0) == ["b"])
        #expect(Steering.nodes(of: waves, at: 1) == [])
        #expect(Steering.nodes(of: waves, at: 3) == [])
    }
}
