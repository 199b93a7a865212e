import Testing

/// What the judge concludes, from changes in the cluster's own order; needs no cluster.
struct EvictionJudgeTests {
    private typealias Ledger = BudgetFact.Ledger

    private static func pod(_ name: String, ready: Bool = true, terminating: Bool = false) -> Observation.Event {
        .pod(fact(name, ready: ready, terminating: terminating))
    }

    private static func fact(_ name: String, ready: Bool = true, terminating: Bool = false) -> PodFact {
        PodFact(uid: name, name: name, workload: "shop/web", node: "n1", ready: ready, terminating: terminating)
    }

    private static func budget(_ ledger: Ledger) -> BudgetFact {
        BudgetFact(name: "shop/web", workload: "shop/web", rule: .maxUnavailable(.count(1)), ledger: ledger)
    }

    private static let calm = Ledger(allowed: 1, healthy: 3, desired: 2)
    private static let granted = Ledger(allowed: 0, healthy: 3, desired: 2, disrupted: ["a"])

    private func judge(
        _ changes: [Observation.Event],
        ledger: Ledger = calm,
        evicted: [String] = ["shop/a"],
        gap: ClosedRange<Int>? = nil
    ) -> EvictionJudge {
        var seen = Observation(
            start: .now,
            pods: ["a", "b", "c"].map { Self.fact($0) },
            replicas: ["shop/web": 3],
            budgets: [Self.budget(ledger)]
        )
        // As they may arrive: each watch in its order, the watches in any.
        for (index, change) in changes.enumerated().reversed() { seen.add(change, at: .now, revision: index + 1) }
        if let gap { seen.interrupt("gap", missing: gap) }
        return EvictionJudge(seen, evicted: evicted)
    }

    @Test func `an eviction that the budget granted is in order`() {
        let judge = judge([.budget(Self.budget(Self.granted)), Self.pod("a", terminating: true)])
        #expect(judge.faults.isEmpty)
        #expect(judge.judged == 1)
    }

    @Test func `a pod that goes without a grant is a fault`() {
        #expect(judge([Self.pod("a", terminating: true)]).faults.count == 1)
    }

    @Test(arguments: [
        Ledger(allowed: 0, healthy: 2, desired: 2), Ledger(allowed: 1, healthy: 3, desired: 2, isCurrent: false),
    ])
    func `a grant by a budget that allows nothing, or that is not counted, is a fault`(ledger: BudgetFact.Ledger) {
        let changes = [.budget(Self.budget(Self.granted)), Self.pod("a", terminating: true)]
        #expect(judge(changes, ledger: ledger).faults.count == 1)
    }

    @Test func `too few healthy pods are a fault whatever the budget's status says`() {
        let pods = [Self.pod("b", terminating: true), Self.pod("a", terminating: true)]
        let grants = [
            Ledger(allowed: 1, healthy: 3, desired: 2, disrupted: ["b"]),
            Ledger(allowed: 0, healthy: 3, desired: 2, disrupted: ["a", "b"]),
        ]
        let judge = judge(
            [.budget(Self.budget(grants[0])), pods[0], .budget(Self.budget(grants[1])), pods[1]],
            ledger: Ledger(allowed: 2, healthy: 3, desired: 2),
            evicted: ["shop/a", "shop/b"]
        )
        #expect(judge.faults == ["shop/a left shop/web with 1 healthy pods of 2 (revision 4)"])
    }

    @Test(arguments: [pod("b", ready: false), pod("b", terminating: true), .podGone(uid: "b")])
    func `what others took and the controller has not counted is not the eviction's fault`(loss: Observation.Event) {
        #expect(judge([loss, .budget(Self.budget(Self.granted)), Self.pod("a", terminating: true)]).faults.isEmpty)
    }

    @Test func `what others took counts once the controller knows`() {
        let counted = Ledger(allowed: 1, healthy: 2, desired: 2)
        let changes = [
            Self.pod("b", ready: false), .budget(Self.budget(counted)), .budget(Self.budget(Self.granted)),
            Self.pod("a", terminating: true),
        ]
        #expect(judge(changes).faults.count == 1)
    }

    @Test func `a workload that asks for less needs less`() {
        let changes = [
            .replicas("shop/web", 1), Self.pod("b", ready: false),
            .budget(Self.budget(Ledger(allowed: 1, healthy: 2, desired: 2))),
            .budget(Self.budget(Self.granted)), Self.pod("a", terminating: true),
        ]
        #expect(judge(changes).faults.isEmpty)
    }

    @Test func `a pod that another has ended a moment before its eviction is not the eviction's fault`() {
        let changes = [Self.pod("a", terminating: true), .budget(Self.budget(Self.granted))]
        #expect(judge(changes).faults.isEmpty)
    }

    @Test func `a pod's second end by another's hand is not the eviction's fault`() {
        let changes = [
            .budget(Self.budget(Self.granted)), Self.pod("a", terminating: true), .podGone(uid: "a"), Self.pod("a"),
            Self.pod("a", terminating: true),
        ]
        #expect(judge(changes).faults.isEmpty)
        #expect(judge(changes, evicted: ["shop/a", "shop/a"]).faults.count == 1)
    }

    @Test func `what happened in a gap, or by others' hands, is not judged`() {
        #expect(judge([Self.pod("a", terminating: true)], gap: 0...5).judged == 0)
        #expect(judge([Self.pod("a", terminating: true)], evicted: []).judged == 0)
    }
}
