import Testing

/// What the observer concludes, from changes at given times; needs no cluster.
struct ObservationTests {
    private let start = ContinuousClock.now

    private func pod(_ uid: String, ready: Bool = true, terminating: Bool = false) -> PodFact {
        PodFact(uid: uid, name: uid, workload: "shop/web", ready: ready, terminating: terminating)
    }

    private func observation(
        _ pods: [PodFact],
        budget: BudgetFact.Rule? = nil,
        then changes: [(seconds: Int, event: Observation.Event)]
    ) -> Observation {
        let budgets = budget.map { [BudgetFact(name: "shop/web", workload: "shop/web", rule: $0)] } ?? []
        var seen = Observation(start: start, pods: pods, replicas: ["shop/web": pods.count], budgets: budgets)
        for change in changes { seen.add(change.event, at: start + .seconds(change.seconds)) }
        return seen
    }

    @Test func `time without a ready pod is counted from the loss to the replacement`() {
        let seen = observation(
            [pod("a")],
            then: [(10, .podGone(uid: "a")), (11, .pod(pod("b", ready: false))), (14, .pod(pod("b")))]
        )
        #expect(seen.time("shop/web", below: 1, .untilGone, until: start + .seconds(60)) == .seconds(4))
    }

    @Test(arguments: [(Observation.Serving.untilGone, 1), (.untilTerminating, 3)])
    func `a terminating pod serves until the end that the rule names`(rule: Observation.Serving, seconds: Int) {
        let seen = observation(
            [pod("a")],
            then: [(10, .pod(pod("a", terminating: true))), (12, .podGone(uid: "a")), (13, .pod(pod("b")))]
        )
        #expect(seen.time("shop/web", below: 1, rule, until: start + .seconds(60)) == .seconds(seconds))
    }

    @Test func `an outage that has not ended lasts until the end of the observation`() {
        let seen = observation([pod("a")], then: [(10, .pod(pod("a", ready: false)))])
        #expect(seen.time("shop/web", below: 1, .untilGone, until: start + .seconds(25)) == .seconds(15))
    }

    @Test func `other workloads do not help`() {
        let stranger = PodFact(uid: "x", name: "x", workload: "shop/api", ready: true)
        let seen = observation([pod("a")], then: [(5, .pod(stranger)), (10, .podGone(uid: "a"))])
        #expect(seen.time("shop/web", below: 1, .untilGone, until: start + .seconds(20)) == .seconds(10))
    }

    @Test func `a budget is broken from the pod that is one too many`() {
        let seen = observation(
            [pod("a"), pod("b"), pod("c")],
            budget: .maxUnavailable(.count(1)),
            then: [
                (1, .pod(pod("a", terminating: true))), (2, .pod(pod("b", ready: false))), (3, .pod(pod("b"))),
            ]
        )
        #expect(seen.violations == [Observation.Violation(budget: "shop/web", healthy: 1, desired: 2)])
    }

    @Test func `one disruption at a time breaks nothing`() {
        let seen = observation(
            [pod("a"), pod("b"), pod("c")],
            budget: .minAvailable(.count(2)),
            then: [
                (1, .pod(pod("a", terminating: true))), (2, .podGone(uid: "a")), (3, .pod(pod("d"))),
                (4, .podGone(uid: "b")), (5, .pod(pod("e"))),
            ]
        )
        #expect(seen.violations.isEmpty)
    }

    @Test(arguments: [
        (BudgetFact.Rule.minAvailable(.count(4)), 6, 4), (.minAvailable(.percent(75)), 8, 6),
        (.minAvailable(.percent(50)), 7, 4), (.maxUnavailable(.count(1)), 3, 2), (.maxUnavailable(.percent(25)), 10, 7),
        (.maxUnavailable(.count(5)), 3, 0),
    ])
    func `a budget demands what the disruption controller computes`(rule: BudgetFact.Rule, replicas: Int, desired: Int)
    {
        #expect(BudgetFact(name: "b", workload: "w", rule: rule).desiredHealthy(replicas: replicas) == desired)
    }

    @Test func `a node's turns are told apart from repetitions`() throws {
        func node(_ cordoned: Bool) throws -> Observation.Event {
            .node(try #require(NodeFact(JSONObject(["metadata": ["name": "n"], "spec": ["unschedulable": cordoned]]))))
        }
        let seen = observation(
            [],
            then: [(1, try node(false)), (2, try node(true)), (3, try node(true)), (4, try node(false))]
        )
        #expect(seen.cordons(of: "n") == [false, true, false])
        #expect(seen.mostCordoned == 1)
    }

    @Test func `a pod ends once, however often it is seen to`() {
        let end = Observation.Event.pod(pod("a", terminating: true))
        let seen = observation(
            [pod("a"), pod("b")],
            then: [(1, end), (2, end), (3, .pod(pod("b"))), (4, .podGone(uid: "a"))]
        )
        #expect(seen.ended == ["a"])
    }

    @Test func `lines are put together again however they arrive`() {
        var cutter = LineCutter()
        let pieces = ["{\"a\"", ":1}\n{", "\"b\":2}\n{\"c\"", ":3}\n"]
        #expect(pieces.flatMap { cutter.lines(adding: Array($0.utf8)) } == ["{\"a\":1}", "{\"b\":2}", "{\"c\":3}"])
    }
}
