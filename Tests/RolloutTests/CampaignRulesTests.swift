import ClusterModel
import Planning
import Rollout
import Testing

/// What a plan's policy asks of the run: canaries, several versions, replacements, Jobs and waivers.
struct CampaignRulesTests {
    private let pair = [Machine.pod("p", on: "b"), Machine.pod("q", on: "c")]

    // MARK: Canary

    private func canary() -> Machine {
        var outline = Machine.outline([["a"], ["b"]])
        outline.waves[0].isCanary = true
        outline.soak = .seconds(60)
        var machine = Machine(outline, pods: pair)
        _ = machine.look()
        _ = machine.admit(1)
        _ = machine.serve("a")
        _ = machine.record(.waveFinished(wave: 1))
        return machine
    }

    @Test func `no wave is proven before the canary has been watched for its soak time`() {
        var machine = canary()
        #expect(machine.look(after: .seconds(59)).isEmpty)
        #expect(machine.look(after: .seconds(1)) == [.prove(wave: 2)])
    }

    @Test func `a canary that hurts a workload holds the next wave back, and halts the run if that lasts`() {
        var machine = canary()
        machine.pods = [pair[0]]
        #expect(machine.look(after: .seconds(70)).isEmpty)
        let reason = "the canary wave did not hold: Deployment shop/web has only 1 of 2 pods healthy"
        #expect(machine.look(after: .seconds(901)) == [.record(.halted(reason: reason))])
    }

    @Test func `a canary node that is not Ready holds the next wave back until it is`() {
        var machine = canary()
        machine.nodes[0].ready = false
        #expect(machine.look(after: .seconds(70)).isEmpty)
        machine.nodes[0].ready = true
        #expect(machine.look(after: .seconds(1)) == [.prove(wave: 2)])
    }

    @Test func `a wave that is no canary is not waited for`() {
        var outline = Machine.outline([["a"], ["b"]])
        outline.soak = .seconds(60)
        var machine = Machine(outline, pods: pair)
        _ = machine.look()
        _ = machine.admit(1)
        _ = machine.serve("a")
        #expect(machine.record(.waveFinished(wave: 1)) == [.prove(wave: 2)])
    }

    // MARK: Several versions

    @Test func `a node that comes again for a further version is cordoned and served again`() {
        var outline = Machine.outline([["a"], ["a"]])
        outline.waves[0].version = Version("1.29")
        outline.waves[1].version = Version("v1.30.2")
        var machine = Machine(outline, pods: pair)
        _ = machine.look()
        _ = machine.admit(1)
        _ = machine.serve("a")
        #expect(machine.record(.waveFinished(wave: 1)) == [.prove(wave: 2)])
        #expect(machine.rollout.waveToProve?.nodes == ["a"])
        #expect(machine.admit(2) == [.cordon(node: "a")])
        let drained = machine.record(.cordoned(node: "a"), .drained(node: "a"))
        #expect(drained == [.perform(node: "a", step: 0, rebootedFrom: nil)])
    }

    @Test func `a node is verified against the version of its wave`() {
        var outline = Machine.outline([["a"], ["a"]])
        outline.targetVersion = Version("v1.30.2")
        outline.waves[0].version = Version("1.29")
        var machine = Machine(outline, pods: pair)
        machine.nodes[0].kubeletVersion = Version("v1.28.3")
        _ = machine.look()
        _ = machine.admit(1)
        let step = StepReport(name: "patch", outcome: .done)
        _ = machine.record(.cordoned(node: "a"), .drained(node: "a"))
        #expect(machine.record(.stepFinished(node: "a", step: 0, report: step)).isEmpty)
        machine.nodes[0].kubeletVersion = Version("v1.29.9")
        #expect(machine.look() == [.record(.verified(node: "a"))])
    }

    // MARK: Replacement

    @Test func `a node that leaves for good is drained and stays cordoned`() {
        var outline = Machine.outline([["a"]], step: nil)
        outline.returnsNodes = false
        var machine = Machine(outline, pods: pair)
        machine.nodes[0].ready = false
        _ = machine.look()
        _ = machine.admit(1)
        #expect(machine.record(.cordoned(node: "a")) == [.record(.drained(node: "a"))])
        #expect(machine.record(.drained(node: "a")) == [.record(.verified(node: "a"))])
        #expect(machine.record(.verified(node: "a")) == [.record(.retired(node: "a"))])
        #expect(machine.record(.retired(node: "a")) == [.record(.waveFinished(wave: 1))])
        #expect(machine.rollout.cordonedNodes == ["a"])
    }

    // MARK: Jobs

    @Test func `the pods of Jobs are waited for, others leave at once`() {
        var outline = Machine.outline([["a"]])
        outline.jobs = .wait(upTo: .seconds(300))
        var machine = Machine(outline, pods: [Machine.pod("job", on: "a", owner: "Job"), Machine.pod("p", on: "a")])
        machine.pods.append(Machine.pod("q", on: "b"))
        _ = machine.look()
        _ = machine.admit(1)
        #expect(machine.record(.cordoned(node: "a")) == [.evict(node: "a", pod: machine.pods[1].id, uid: "p")])
        #expect(machine.look(after: .seconds(299)).isEmpty)
        #expect(machine.look(after: .seconds(1)) == [.evict(node: "a", pod: machine.pods[0].id, uid: "job")])
    }

    // MARK: Waivers

    private let budget = DisruptionBudget(
        id: BudgetID(namespace: "shop", name: "web"),
        selector: LabelSelector(matchLabels: ["app": "web"]),
        rule: .minAvailable(.count(2))
    )

    private func machine(waiving subject: String?, until expiry: Duration = .seconds(3600)) -> Machine {
        var outline = Machine.outline([["a"]])
        if let subject {
            let expires = Machine.start + expiry
            outline.waivers = [Waiver(rule: .impossibleBudget, subject: subject, reason: "agreed", expires: expires)]
        }
        var machine = Machine(outline, pods: [Machine.pod("p", on: "a"), Machine.pod("q", on: "a")], budgets: [budget])
        _ = machine.look()
        _ = machine.admit(1)
        return machine
    }

    @Test func `past a waived budget one pod is deleted, and the next only once its replacement is there`() {
        var machine = machine(waiving: "shop/web")
        let waiver = "impossible-budget of shop/web is waived: agreed"
        let (first, second) = (machine.pods[0].id, machine.pods[1].id)
        #expect(
            machine.record(.cordoned(node: "a")) == [.delete(node: "a", pod: first, uid: "p", waiver: waiver)]
        )
        #expect(machine.record(.deletionAdmitted(node: "a", pod: first, uid: "p", waiver: waiver)).isEmpty)
        machine.pods.removeFirst()
        #expect(machine.look() == [.record(.podGone(node: "a", pod: first, uid: "p"))])
        #expect(machine.record(.podGone(node: "a", pod: first, uid: "p")).isEmpty)
        machine.pods.append(Machine.pod("r", on: "b"))
        #expect(machine.look() == [.delete(node: "a", pod: second, uid: "q", waiver: waiver)])
    }

    @Test(arguments: [nil, "shop/other"])
    func `without a waiver of its own a budget is never passed`(subject: String?) {
        var machine = machine(waiving: subject)
        #expect(machine.record(.cordoned(node: "a")).isEmpty)
    }

    @Test func `a waiver that has expired lets nothing go`() {
        var machine = machine(waiving: "shop/web", until: .zero)
        #expect(machine.record(.cordoned(node: "a")).isEmpty)
    }

    @Test(arguments: [(0, true, 0), (1, true, 1), (2, true, 1), (1, false, 0)])
    func `a pod is not asked to leave before the controller has counted that it may`(
        allowed: Int,
        isCurrent: Bool,
        evictions: Int
    ) {
        var counted = budget
        counted.rule = .minAvailable(.count(1))
        counted.status = DisruptionBudget.Status(
            disruptionsAllowed: allowed,
            currentHealthy: 2,
            desiredHealthy: 1,
            expectedPods: 2,
            isCurrent: isCurrent
        )
        let pods = [Machine.pod("p", on: "a"), Machine.pod("q", on: "a")]
        var machine = Machine(Machine.outline([["a"]]), pods: pods, budgets: [counted])
        _ = machine.look()
        _ = machine.admit(1)
        #expect(machine.record(.cordoned(node: "a")).count == evictions)
    }

    @Test func `pods that wait for their own node do not keep it from being served`() {
        var machine = Machine(Machine.outline([["a"]]), pods: [Machine.pod("p", on: "a"), Machine.pod("q", on: "b")])
        _ = machine.look()
        _ = machine.admit(1, waiting: 1)
        let id = machine.pods[0].id
        _ = machine.record(.cordoned(node: "a"), .evictionAdmitted(node: "a", pod: id, uid: "p"))
        machine.pods[0] = Machine.pod("r", on: nil)
        _ = machine.look()
        #expect(machine.record(.podGone(node: "a", pod: id, uid: "p")) == [.record(.drained(node: "a"))])
        _ = machine.serve("a")
        #expect(machine.look().isEmpty, "the wave is not over before they run again")
        machine.pods[0] = Machine.pod("r", on: "a")
        #expect(machine.look() == [.record(.waveFinished(wave: 1))])
    }
}
