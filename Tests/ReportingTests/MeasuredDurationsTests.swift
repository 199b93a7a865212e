import Planning
import Rollout
import Testing

@testable import Reporting

struct MeasuredDurationsTests {
    private let defaults = DurationEstimates()

    private func node(
        _ name: String,
        drain: Double,
        service: Double,
        recovery: Double = 0,
        state: NodePhase = .recovered
    ) -> Report.Node {
        Report.Node(
            node: name,
            wave: 1,
            state: state,
            outOfService: drain + service,
            drain: drain,
            service: service,
            reboot: 0,
            verify: 0,
            return: 0,
            recovery: recovery,
            evictions: recovery > 0 ? 1 : 0,
            steps: []
        )
    }

    @Test func `nothing measured leaves the defaults`() {
        #expect(MeasuredDurations([]).estimates() == defaults)
    }

    @Test func `four services are no range yet, five are`() {
        let nodes = (1...5).map { node("w-\($0)", drain: 0, service: Double($0 * 100)) }
        #expect(MeasuredDurations(Array(nodes.dropLast())).estimates() == defaults)
        let measured = MeasuredDurations(nodes)
        #expect(measured.services == 5)
        #expect(measured.estimates().service == TimeEstimate(low: 100, high: 500))
        #expect(measured.estimates().round == defaults.round)
    }

    @Test func `recoveries of nodes that carried something make a range`() {
        let nodes = (1...6).map { node("w-\($0)", drain: 0, service: 1, recovery: Double($0 - 1)) }
        #expect(MeasuredDurations(nodes).estimates().recovery == TimeEstimate(low: 1, high: 5))
        #expect(MeasuredDurations(Array(nodes.dropLast())).estimates().recovery == defaults.recovery)
    }

    @Test func `the slowest and the quickest tenth do not count`() {
        let nodes = (0...20).map { node("w-\($0)", drain: Double(10 + $0), service: Double(100 + $0)) }
        let estimates = MeasuredDurations(nodes).estimates()
        #expect(estimates.service == TimeEstimate(low: 102, high: 118))
        #expect(estimates.round == TimeEstimate(low: 12, high: 28))
    }

    @Test func `a node that was measured twice has a range of its own`() {
        let nodes = [("w-1", 300.0), ("w-1", 360), ("w-2", 90)].map { node($0.0, drain: 5, service: $0.1) }
        let estimates = MeasuredDurations(nodes).estimates()
        #expect(estimates.serviceByNode == ["w-1": TimeEstimate(low: 300, high: 360)])
        #expect(estimates.service == defaults.service)
    }

    @Test func `a node that failed, or was not serviced, measures nothing`() {
        let nodes = [node("w-1", drain: 5, service: 300, state: .failed), node("w-2", drain: 5, service: 0)]
        #expect(MeasuredDurations(nodes).services == 0)
    }
}
