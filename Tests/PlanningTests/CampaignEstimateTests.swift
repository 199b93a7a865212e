import ClusterModel
import Testing

@testable import Planning

@Suite struct CampaignEstimateTests {
    private let estimates = DurationEstimates(
        round: TimeEstimate(low: 10, high: 20),
        service: TimeEstimate(low: 100, high: 200),
        recovery: TimeEstimate(low: 1, high: 2),
        serviceByNode: ["w-2": TimeEstimate(low: 50, high: 400)]
    )
    private let move = Move(pod: ClusterBuilder.id("web-1"), from: "w-1", to: "w-3")
    private var cluster: Cluster { .with(nodes: 3) { $0.addWorkload("web", kind: "Job", on: ["w-1"]) } }

    private func estimate(_ wave: Wave, _ policy: Policy = Policy()) -> TimeEstimate {
        estimates.estimate(of: wave, policy: policy, in: cluster)
    }

    @Test func `a wave takes its rounds, its slowest service and the recovery`() {
        let wave = Wave(number: 1, rounds: 2, nodes: ["w-1", "w-2"], moves: [move])
        #expect(estimate(wave) == TimeEstimate(low: 20 + 100 + 1, high: 40 + 400 + 2))
    }

    @Test func `an empty node is not drained`() {
        let wave = Wave(number: 1, rounds: 1, nodes: ["w-2"], moves: [])
        #expect(estimate(wave) == TimeEstimate(low: 51, high: 402))
    }

    @Test func `a canary is watched on top`() {
        var wave = Wave(number: 1, rounds: 1, nodes: ["w-1"], moves: [])
        let policy = Policy(canary: Canary(nodes: 1, soak: .seconds(300)))
        #expect(estimate(wave, policy) == TimeEstimate(low: 101, high: 202))
        wave.isCanary = true
        #expect(estimate(wave, policy) == TimeEstimate(low: 401, high: 502))
    }

    @Test func `Jobs that are waited for may cost their whole time`() {
        let wave = Wave(number: 1, rounds: 1, nodes: ["w-1"], moves: [move])
        let waiting = Policy(jobs: .wait(upTo: .seconds(60)))
        #expect(estimate(wave, waiting).low == estimate(wave).low)
        #expect(estimate(wave, waiting).high == estimate(wave).high + 60)
    }

    private func plan(_ purpose: Campaign.Purpose, nodes: [String]) -> Plan {
        let waves = zip(1..., nodes).map { Wave(number: $0, rounds: 1, nodes: [$1], moves: []) }
        return Plan(
            campaign: Campaign(purpose: purpose),
            policy: Policy(),
            createdAt: Instant(milliseconds: 0),
            waves: waves,
            findings: [],
            bounds: Bounds(waves: 0, rounds: 0, evictions: 0)
        )
    }

    @Test func `waves come one after another`() {
        let plan = plan(.service, nodes: ["w-1", "w-2"])
        #expect(estimates.estimate(of: plan, in: cluster) == TimeEstimate(low: 101 + 51, high: 202 + 402))
    }

    @Test func `a node that leaves for good is not serviced, unless a playbook says what to do`() {
        var plan = plan(.replace(node: "w-1", with: nil), nodes: ["w-1"])
        #expect(estimates.estimate(of: plan, in: cluster) == TimeEstimate(low: 1, high: 2))
        plan.playbook = AttachedPlaybook(file: "wipe.yaml", text: "")
        #expect(estimates.estimate(of: plan, in: cluster) == TimeEstimate(low: 101, high: 202))
    }
}
