import Reporting
import Rollout
import Testing

struct RunReportTests {
    struct Ending: CustomTestStringConvertible, Sendable {
        var testDescription: String
        var events: [Event]
        var state: Report.Run.State
        var reason: String?
        /// nil while it runs.
        var duration: Double?
    }

    static let failure = Event.nodeFailed(node: "w-1", phase: .draining, reason: "late")

    /// One event each second, looked at in second 100.
    static let endings = [
        Ending(testDescription: "nothing yet", events: [], state: .running),
        Ending(testDescription: "finished", events: [.finished], state: .finished, duration: 1),
        Ending(testDescription: "asked to stop", events: [.interrupted], state: .running),
        Ending(
            testDescription: "stopped as asked",
            events: [.interrupted, .halted(reason: "interrupted")],
            state: .interrupted,
            reason: "interrupted",
            duration: 2
        ),
        Ending(
            testDescription: "asked twice",
            events: [.interrupted, .interrupted, .halted(reason: "interrupted")],
            state: .interrupted,
            reason: "interrupted",
            duration: 3
        ),
        Ending(
            testDescription: "stopped by itself",
            events: [failure, .halted(reason: "late")],
            state: .halted,
            reason: "late",
            duration: 2
        ),
        Ending(
            testDescription: "asked to stop when it was stopping already",
            events: [failure, .interrupted, .halted(reason: "late")],
            state: .halted,
            reason: "late",
            duration: 3
        ),
        Ending(
            testDescription: "a node failed while it was stopping as asked",
            events: [.interrupted, failure, .halted(reason: "interrupted")],
            state: .interrupted,
            reason: "interrupted",
            duration: 3
        ),
        Ending(testDescription: "resumed", events: [failure, .halted(reason: "late"), .resumed], state: .running),
        Ending(
            testDescription: "resumed, then finished",
            events: [.interrupted, .halted(reason: "interrupted"), .resumed, .finished],
            state: .finished,
            duration: 4
        ),
        Ending(
            testDescription: "interrupted, resumed, then stopped by itself",
            events: [.interrupted, .halted(reason: "interrupted"), .resumed, .halted(reason: "late")],
            state: .halted,
            reason: "late",
            duration: 4
        ),
    ]

    @Test(arguments: endings) func `a run's end is that of its last stretch`(ending: Ending) {
        var story = Story()
        for (second, event) in ending.events.enumerated() { story.event(Double(second + 1), event) }
        let report = story.report(now: 100)
        #expect(report.run.state == ending.state)
        #expect(report.run.reason == ending.reason)
        #expect(report.totals.duration == ending.duration ?? 100)
        #expect(report.run.endedAt == ending.duration.map { "2025-11-24T16:00:0\(Int($0)).000Z" })
    }

    @Test func `a run says who began it, when and where`() {
        let run = Story().report().run
        #expect(run.id == "r-1" && run.cluster == "customer-a" && run.startedBy == "ops@bastion")
        #expect(run.startedAt == "2025-11-24T16:00:00.000Z")
    }

    @Test func `evictions count pods and refusals count answers`() {
        var story = Story()
        story.refuse(1, "w-1", uid: "a")
        story.refuse(2, "w-1", uid: "a")
        story.evict(3, "w-1", uid: "a")
        story.evict(4, "w-1", uid: "b")
        story.event(5, .resumed)
        story.evict(6, "w-1", uid: "b")
        let report = story.report()
        #expect(report.evictions == 2 && report.totals.evictions == 2)
        #expect(report.refusals == 2)
    }

    @Test func `a clock that stands before the run's start makes no negative time`() {
        #expect(Story().report(now: -50).totals.duration == 0)
    }
}
