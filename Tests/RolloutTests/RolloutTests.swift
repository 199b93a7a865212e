import ClusterModel
import Planning
import Rollout
import Testing

/// The machine as tables of events and effects: no I/O, no clock, no waiting.
struct RolloutTests {
    private let start = Machine.start

    private var admitted: Event {
        .waveAdmitted(wave: 1, healthy: [WorkloadHealth(workload: Machine.web.id, healthy: 2)])
    }

    @Test func `nothing is done before the cluster was seen`() {
        var rollout = Rollout(Machine.outline([["a"]]))
        #expect(work(rollout.handle(.tick, at: start)).isEmpty)
    }

    @Test func `a wave begins with its proof and nothing else`() {
        var rollout = Rollout(Machine.outline([["a"]]))
        let seen = Machine.cluster([Machine.pod("p", on: "a"), Machine.pod("q", on: "b")])
        #expect(work(rollout.handle(.observed(seen), at: start)) == [.prove(wave: 1)])
        #expect(work(rollout.handle(.observed(seen), at: start)).isEmpty, "the proof is under way")
    }

    @Test func `no pod leaves before every node of the wave is cordoned`() {
        var rollout = Rollout(Machine.outline([["a", "b"]]))
        _ = rollout.handle(
            .observed(Machine.cluster([Machine.pod("p", on: "a"), Machine.pod("q", on: "c")])),
            at: start
        )
        #expect(
            Set(work(rollout.handle(.recorded(admitted), at: start))) == [.cordon(node: "a"), .cordon(node: "b")]
        )
        #expect(work(rollout.handle(.recorded(.cordoned(node: "a")), at: start)).isEmpty)
        let effects = work(rollout.handle(.recorded(.cordoned(node: "b")), at: start))
        #expect(effects.contains(.evict(node: "a", pod: PodID(namespace: "shop", name: "p"), uid: "p")))
    }

    @Test func `the default budget lets one pod of a workload go at a time`() {
        var rollout = Rollout(Machine.outline([["a"]]))
        _ = rollout.handle(
            .observed(Machine.cluster([Machine.pod("p", on: "a"), Machine.pod("q", on: "a")])),
            at: start
        )
        _ = rollout.handle(.recorded(admitted), at: start)
        let effects = work(rollout.handle(.recorded(.cordoned(node: "a")), at: start))
        #expect(effects.count == 1)
    }

    @Test func `a refused pod is asked for again only after its pause`() {
        var rollout = drained(until: .cordoned(node: "a"))
        let id = PodID(namespace: "shop", name: "p")
        let retryAt = start + .seconds(10)
        let refusal = Event.evictionRefused(node: "a", pod: id, uid: "p", reason: "spent", retryAt: retryAt)
        #expect(work(rollout.handle(.recorded(refusal), at: start)).isEmpty)
        #expect(work(rollout.handle(.tick, at: start + .seconds(9))).isEmpty)
        #expect(work(rollout.handle(.tick, at: start + .seconds(11))) == [.evict(node: "a", pod: id, uid: "p")])
    }

    @Test func `a node is drained once its pods are gone and run elsewhere`() {
        var rollout = drained(until: .cordoned(node: "a"))
        let id = PodID(namespace: "shop", name: "p")
        _ = rollout.handle(.recorded(.evictionAdmitted(node: "a", pod: id, uid: "p")), at: start)
        let gone = rollout.handle(.observed(Machine.cluster([Machine.pod("q", on: "b")])), at: start)
        #expect(work(gone) == [.record(.podGone(node: "a", pod: id, uid: "p"))])
        #expect(work(rollout.handle(.recorded(.podGone(node: "a", pod: id, uid: "p")), at: start)).isEmpty)
        let whole = rollout.handle(
            .observed(Machine.cluster([Machine.pod("q", on: "b"), Machine.pod("r", on: "c")])),
            at: start
        )
        #expect(work(whole) == [.record(.drained(node: "a"))])
    }

    @Test func `a failed step keeps the node cordoned and halts the run`() {
        var rollout = drained(until: .drained(node: "a"))
        let failed = StepReport(name: "patch", outcome: .failed, failure: "exit status 3")
        _ = rollout.handle(.recorded(.stepFinished(node: "a", step: 0, report: failed)), at: start)
        let failure = Event.nodeFailed(node: "a", phase: .servicing, reason: "exit status 3")
        let effects = work(rollout.handle(.recorded(failure), at: start))
        #expect(effects == [.record(.halted(reason: "a: exit status 3"))])
        #expect(rollout.cordonedNodes == ["a"])
    }

    @Test func `an interrupted run gives back the nodes whose service has not begun`() {
        var rollout = drained(until: .cordoned(node: "a"))
        let id = PodID(namespace: "shop", name: "p")
        _ = rollout.handle(.recorded(.evictionAdmitted(node: "a", pod: id, uid: "p")), at: start)
        #expect(work(rollout.handle(.recorded(.interrupted), at: start)) == [.uncordon(node: "a")])
        let effects = work(rollout.handle(.recorded(.uncordoned(node: "a")), at: start))
        #expect(effects == [.record(.halted(reason: "interrupted"))])
        #expect(rollout.cordonedNodes.isEmpty)
    }

    @Test func `replaying a journal never repeats a step that is done`() {
        var replayed = Rollout(Machine.outline([["a"]]))
        let done = StepReport(name: "patch", outcome: .done)
        let journal: [Event] = [
            admitted, .cordoned(node: "a"), .drained(node: "a"), .stepFinished(node: "a", step: 0, report: done),
            .resumed,
        ]
        for event in journal { replayed.apply(event, at: start) }
        let effects = work(
            replayed.handle(
                .observed(Machine.cluster([Machine.pod("q", on: "b"), Machine.pod("r", on: "c")])),
                at: start
            )
        )
        #expect(effects == [.record(.verified(node: "a"))])
    }

    @Test func `a proof that does not hold is asked for again only after a pause`() {
        var rollout = Rollout(Machine.outline([["a"]]))
        _ = rollout.handle(
            .observed(Machine.cluster([Machine.pod("p", on: "a"), Machine.pod("q", on: "b")])),
            at: start
        )
        #expect(work(rollout.handle(.unproven(wave: 1), at: start)).isEmpty)
        #expect(work(rollout.handle(.tick, at: start + .seconds(1))).isEmpty)
        #expect(work(rollout.handle(.tick, at: start + .seconds(3))) == [.prove(wave: 1)])
    }

    @Test func `a run interrupted in mid-wave proves and serves the nodes that it had given back`() {
        var resumed = Rollout(Machine.outline([["a", "b"]]))
        let done = StepReport(name: "patch", outcome: .done)
        let journal: [Event] = [
            admitted, .cordoned(node: "a"), .cordoned(node: "b"), .drained(node: "a"), .interrupted,
            .uncordoned(node: "b"), .stepFinished(node: "a", step: 0, report: done), .verified(node: "a"),
            .uncordoned(node: "a"), .halted(reason: "interrupted"), .resumed,
        ]
        for event in journal { resumed.apply(event, at: start) }
        let seen = Machine.cluster([Machine.pod("p", on: "b"), Machine.pod("q", on: "c")])
        #expect(work(resumed.handle(.observed(seen), at: start)) == [.prove(wave: 1)])
        #expect(resumed.waveToProve?.nodes == ["b"])
        #expect(work(resumed.handle(.recorded(admitted), at: start)) == [.cordon(node: "b")])
    }

    @Test func `a run ends when its last wave is whole again`() {
        var rollout = drained(until: .drained(node: "a"))
        let done = StepReport(name: "patch", outcome: .done)
        _ = rollout.handle(.recorded(.stepFinished(node: "a", step: 0, report: done)), at: start)
        #expect(work(rollout.handle(.recorded(.verified(node: "a")), at: start)) == [.uncordon(node: "a")])
        #expect(
            work(rollout.handle(.recorded(.uncordoned(node: "a")), at: start)) == [.record(.waveFinished(wave: 1))]
        )
        let last = work(rollout.handle(.recorded(.waveFinished(wave: 1)), at: start))
        #expect(last == [.record(.finished), .conclude(.finished)])
    }

    /// A machine whose one node has come as far as `event`.
    private func drained(until event: Event) -> Rollout {
        var rollout = Rollout(Machine.outline([["a"]]))
        let isDrained = event == .drained(node: "a")
        let pods =
            isDrained
            ? [Machine.pod("q", on: "b"), Machine.pod("r", on: "c")]
            : [Machine.pod("p", on: "a"), Machine.pod("q", on: "b")]
        _ = rollout.handle(.observed(Machine.cluster(pods)), at: start)
        _ = rollout.handle(.recorded(admitted), at: start)
        _ = rollout.handle(.recorded(.cordoned(node: "a")), at: start)
        if isDrained { _ = rollout.handle(.recorded(event), at: start) }
        return rollout
    }
}
