import ClusterModel
import FoundationEssentials
import Reporting
import Rollout
import Testing

struct GoldenTests {
    @Test func `a night that nobody felt`() throws {
        try Golden.expect(ReportTable.render(Self.calm.report(), width: 100, color: false), is: "calm.txt")
    }

    @Test(arguments: [(100, false, "felt.txt"), (100, true, "felt-color.txt"), (64, false, "felt-narrow.txt")])
    func `a night that somebody felt`(width: Int, color: Bool, name: String) throws {
        try Golden.expect(ReportTable.render(Self.felt.report(), width: width, color: color), is: name)
    }

    @Test func `a run that goes on`() throws {
        var story = Self.calm
        story.events = Array(story.events.prefix(4))
        try Golden.expect(ReportTable.render(story.report(now: 33), width: 100, color: false), is: "running.txt")
    }

    @Test func `a run that has only begun`() throws {
        try Golden.expect(ReportTable.render(Story().report(now: 1), width: 100, color: false), is: "begun.txt")
    }

    @Test func `a report as JSON`() throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        let text = String(decoding: try encoder.encode(Self.felt.report()), as: UTF8.self)
        try Golden.expect(text + "\n", is: "felt.json")
    }

    static var calm: Story {
        var story = Story(waves: [["worker-1"], ["worker-2"]])
        story.workload(0, Story.web, 3, of: 3)
        story.workload(0, Story.database, 2, of: 2)
        story.budget(0, Story.webBudget, 3, of: 2, [Story.web])
        story.event(0.2, .waveAdmitted(wave: 1, healthy: []))
        story.service("worker-1", from: 1)
        story.event(44, .waveFinished(wave: 1))
        story.event(44.4, .waveAdmitted(wave: 2, healthy: []))
        story.service("worker-2", from: 45)
        story.event(91.6, .waveFinished(wave: 2))
        story.event(91.7, .finished)
        return story
    }

    static var felt: Story {
        var story = Story(waves: [["worker-1.rack-3.example.internal"], ["worker-2", "worker-3"]])
        story.workload(0, Story.web, 3, of: 3)
        story.workload(0, Story.database, 1, of: 1)
        for name in ["mail", "cache"] {
            story.workload(0, WorkloadID(kind: "Deployment", namespace: "team-b", name: name), 2, of: 2)
        }
        story.budget(0, Story.webBudget, 3, of: 2, [Story.web])
        story.event(0.2, .waveAdmitted(wave: 1, healthy: []))
        story.refuse(2, "worker-1.rack-3.example.internal", uid: "a")
        story.evict(3, "worker-1.rack-3.example.internal", uid: "a")
        story.evict(3, "worker-1.rack-3.example.internal", uid: "b")
        story.workload(4, Story.database, 0, of: 1)
        story.budget(4, Story.webBudget, 1, of: 2, [Story.web])
        story.budget(4.4, Story.webBudget, 2, of: 2, [Story.web])
        story.workload(16.25, Story.database, 1, of: 1)
        story.service("worker-1.rack-3.example.internal", from: 1)
        story.event(44, .waveFinished(wave: 1))
        story.event(44.4, .waveAdmitted(wave: 2, healthy: []))
        story.event(45, .cordoned(node: "worker-2"))
        story.event(60, .drained(node: "worker-2"))
        story.workload(80, Story.web, 3, of: 3, observed: false)
        story.workload(83, Story.web, 3, of: 3)
        let report = StepReport(name: "kernel", outcome: .failed, attempts: 3, failure: "exit 1")
        story.event(190, .stepFinished(node: "worker-2", step: 0, report: report))
        story.event(190, .nodeFailed(node: "worker-2", phase: .servicing, reason: "step kernel failed: exit 1"))
        story.event(191, .halted(reason: "worker-2: step kernel failed: exit 1"))
        return story
    }
}
