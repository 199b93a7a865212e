import Reporting
import Rollout
import Testing

struct NodeReportTests {
    @Test func `a serviced node has its parts and their sum`() throws {
        var story = Story()
        story.event(0.5, .waveAdmitted(wave: 1, healthy: []))
        story.service("w-1", from: 1)
        story.event(60, .waveFinished(wave: 1))
        story.event(61, .finished)
        let report = story.report()
        let node = try #require(report.node("w-1"))
        #expect(node.state == .recovered)
        #expect([node.outOfService, node.drain, node.service, node.return] == [42, 10, 30, 2])
        #expect(node.steps.map(\.name) == ["kernel"] && node.steps.map(\.outcome) == [.done])
        #expect(report.totals.returned == 1 && report.totals.waves == 1 && report.totals.duration == 61)
        #expect(report.nodeMeanTimeOut == 42)
    }

    @Test(arguments: [
        (0, NodePhase.waiting, [0.0, 0, 0, 0]), (1, .admitted, [0, 0, 0, 0]), (2, .draining, [98, 98, 0, 0]),
        (3, .servicing, [98, 10, 88, 0]), (4, .servicing, [98, 10, 88, 0]), (5, .returning, [98, 10, 30, 58]),
        (6, .returned, [42, 10, 30, 2]),
    ]) func `what has not ended counts up to now while the run goes on`(
        count: Int,
        state: NodePhase,
        lengths: [Double]
    ) throws {
        var story = Story()
        story.event(0.5, .waveAdmitted(wave: 1, healthy: []))
        story.service("w-1", from: 2)
        story.events = Array(story.events.prefix(count))
        let report = story.report(now: 100)
        let node = try #require(report.node("w-1"))
        #expect(node.state == state)
        #expect([node.outOfService, node.drain, node.service, node.return] == lengths)
        #expect(report.run.state == .running && report.run.endedAt == nil)
    }

    @Test func `after a halt nothing counts beyond it`() throws {
        var story = Story(waves: [["w-1"], ["w-2"]])
        story.event(0, .waveAdmitted(wave: 1, healthy: []))
        story.event(10, .cordoned(node: "w-1"))
        story.event(20, .nodeFailed(node: "w-1", phase: .draining, reason: "30 min are over"))
        story.event(25, .halted(reason: "w-1: 30 min are over"))
        let report = story.report(now: 5000)
        let node = try #require(report.node("w-1"))
        #expect(node.state == .failed && node.outOfService == 15 && node.drain == 15)
        #expect(report.node("w-2")?.state == .waiting)
        #expect(report.totals.failed == 1 && report.totals.duration == 25)
        #expect(report.run.reason == "w-1: 30 min are over")
    }

    @Test func `a node that is taken up after a halt was out all the while`() throws {
        var story = Story()
        story.event(0, .waveAdmitted(wave: 1, healthy: []))
        story.event(10, .cordoned(node: "w-1"))
        story.event(20, .nodeFailed(node: "w-1", phase: .draining, reason: "late"))
        story.event(21, .halted(reason: "late"))
        story.event(100, .resumed)
        #expect(story.report(now: 101).node("w-1")?.state == .draining)
        story.event(110, .cordoned(node: "w-1"))
        story.event(120, .drained(node: "w-1"))
        story.event(150, .verified(node: "w-1"))
        story.event(151, .uncordoned(node: "w-1"))
        let node = try #require(story.report().node("w-1"))
        #expect([node.outOfService, node.drain, node.service, node.return] == [141, 110, 30, 1])
    }

    @Test func `a node given back unserviced waits again, and its times add up`() throws {
        var story = Story()
        story.event(0, .waveAdmitted(wave: 1, healthy: []))
        story.event(10, .cordoned(node: "w-1"))
        story.event(15, .uncordoned(node: "w-1"))
        #expect(story.report().node("w-1")?.state == .waiting)
        story.event(100, .waveAdmitted(wave: 1, healthy: []))
        story.service("w-1", from: 101)
        let node = try #require(story.report().node("w-1"))
        #expect(node.outOfService == 47 && node.drain == 15 && node.state == .returned)
    }

    @Test func `a failed node that is given back stays failed until the run is resumed`() throws {
        var story = Story()
        story.event(10, .cordoned(node: "w-1"))
        story.event(20, .nodeFailed(node: "w-1", phase: .draining, reason: "late"))
        story.event(30, .uncordoned(node: "w-1"))
        #expect(story.report().node("w-1")?.state == .failed)
        story.event(40, .resumed)
        #expect(story.report().node("w-1")?.state == .waiting)
        #expect(story.report().node("w-1")?.outOfService == 20)
    }

    @Test func `a step that was begun again shows its last outcome and all its attempts`() throws {
        var story = Story()
        let failed = StepReport(name: "kernel", outcome: .failed, attempts: 3, failure: "exit 1")
        story.event(1, .stepFinished(node: "w-1", step: 0, report: failed))
        story.event(2, .stepFinished(node: "w-1", step: 0, report: StepReport(name: "kernel", outcome: .done)))
        story.event(3, .stepFinished(node: "w-1", step: 1, report: StepReport(name: "boot", outcome: .alreadyDone)))
        let steps = try #require(story.report().node("w-1")).steps
        #expect(steps.map(\.name) == ["kernel", "boot"])
        #expect(steps.map(\.outcome) == [.done, .alreadyDone])
        #expect(steps.map(\.attempts) == [4, 1])
    }

    @Test func `the mean time out leaves nodes aside that never left`() {
        var story = Story(waves: [["w-1", "w-2"], ["w-3"]])
        story.service("w-1", from: 0)
        story.event(100, .cordoned(node: "w-2"))
        story.event(120, .uncordoned(node: "w-2"))
        #expect(story.report().nodeMeanTimeOut == 31)
        #expect(Story().report().nodeMeanTimeOut == nil)
    }

    @Test func `nodes stand in the plan's order with their wave`() {
        let report = Story(waves: [["w-9", "w-1"], ["w-5"]]).report()
        #expect(report.nodes.map(\.node) == ["w-9", "w-1", "w-5"])
        #expect(report.nodes.map(\.wave) == [1, 1, 2])
    }
}
