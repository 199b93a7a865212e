import ClusterModel
import Foundation
import Ports
import Reliability
import Reporting
import Rollout
import Testing

struct PeriodReportTests {
    @Test func `an outage in maintenance is planned, and one at night is not`() throws {
        let report = PeriodStory.report()
        let web = try #require(report.workload(Story.web))
        #expect(web.figures.secondsDownUnplanned == 30)
        #expect(web.figures.secondsDownPlanned == 0)
        let database = try #require(report.workload(Story.database))
        #expect(database.figures.secondsDownPlanned == 12.25)
        #expect(database.outages.map(\.planned) == [true])
        #expect(report.totals.secondsDown == 42.25)
        #expect(report.totals.mttr == 21.125)
    }

    @Test func `what run and watcher both saw counts once, and what neither saw not at all`() throws {
        let report = PeriodStory.report()
        #expect(report.observation.secondsUnobserved == 7200)
        #expect(report.observation.gaps.count == 1)
        let web = try #require(report.workload(Story.web))
        #expect(web.figures.secondsObserved == 86_400 - 7200)
        #expect(abs((web.figures.availability ?? 0) - 79_170.0 / 79_200) < 1e-12)
    }

    @Test func `a node's outage in its own service is planned, and in another node's it is not`() throws {
        let report = PeriodStory.report()
        let own = try #require(report.node("worker-2"))
        #expect(own.figures.secondsDownPlanned == 30)
        #expect(own.zone == "b")
        #expect(own.services == 1 && own.failed == 1)
        let other = try #require(report.node("w-1"))
        #expect(other.figures.secondsDownUnplanned == 90)
        #expect(report.zones.map(\.zone) == ["a", "b"])
        #expect(report.changes.services == 2)
        #expect(report.changes.failed == 1)
        #expect(report.changes.failureRate == 0.5)
    }

    @Test func `an objective counts maintenance or leaves it out, and shows both`() throws {
        let objective = try #require(PeriodStory.report().objectives.first)
        #expect(objective.workloads == ["shop/db", "shop/web"])
        #expect(objective.counted.secondsSpent == 42.25)
        #expect(objective.withoutPlanned.secondsSpent == 30)
        #expect(objective.kept)
        #expect(objective.spending.map(\.secondsSpent) == [30, 42.25])
        #expect(objective.burnRates.map(\.seconds) == [3600, 86_400])
        #expect(objective.burnRates[0].rate == 0)
    }

    @Test func `a report can be about some workloads or one node`() {
        let some = PeriodStory.report(about: .workloads { $0.name == "db" })
        #expect(some.workloads.map(\.workload) == ["shop/db"])
        #expect(some.nodes.isEmpty)
        #expect(some.objectives.count == 1)
        let node = PeriodStory.report(about: .node("worker-2"))
        #expect(node.nodes.map(\.node) == ["worker-2"])
        #expect(node.workloads.isEmpty && node.objectives.isEmpty)
        #expect(node.runs.first?.services.map(\.node) == ["worker-2"])
    }

    @Test func `a period that ends in the future ends now`() {
        let period = ReportPeriod(PeriodStory.span(-43_200, 400_000), name: "x", zone: PeriodStory.utc)
        let report = PeriodStory.ledger().report(on: period)
        #expect(report.period.seconds == 86_400)
        #expect(report.workload(Story.web)?.figures.secondsObserved == 79_200)
    }

    @Test func `a period before anything was seen has no figures`() {
        let period = ReportPeriod(PeriodStory.span(-90_000, -80_000), name: "x", zone: PeriodStory.utc)
        let report = PeriodStory.ledger().report(on: period)
        #expect(report.workloads.isEmpty && report.nodes.isEmpty && report.runs.isEmpty)
        #expect(report.totals.availability == nil && report.totals.mttr == nil)
        #expect(report.observation.secondsUnobserved == 10_000)
    }

    @Test func `a run that was killed and never resumed ends where the next one begins`() throws {
        var killed = Story(waves: [["w-1"]])
        killed.event(1, .cordoned(node: "w-1"))
        var next = Story(waves: [["w-1"]])
        next.run.id = "r-2"
        next.run.startedAt = Story.at(500)
        next.event(510, .cordoned(node: "w-1"))
        next.event(600, .uncordoned(node: "w-1"))
        next.event(601, .finished)
        let period = ReportPeriod(PeriodStory.day, name: "x", zone: PeriodStory.utc)
        let report = PeriodStory.ledger([killed, next], watch: WatchRecord()).report(on: period)
        #expect(report.node("w-1")?.secondsOutOfService == 589)
        #expect(report.runs.map(\.seconds) == [500, 101])
    }

    @Test func `runs that overlap count no second twice`() throws {
        var first = Story(waves: [["w-1"]])
        first.workload(0, Story.database, 1, of: 1)
        first.event(1, .cordoned(node: "w-1"))
        first.workload(5, Story.database, 0, of: 1)
        first.workload(15, Story.database, 1, of: 1)
        first.event(20, .uncordoned(node: "w-1"))
        first.event(30, .finished)
        var second = first
        second.run.id = "r-2"
        let period = ReportPeriod(PeriodStory.day, name: "x", zone: PeriodStory.utc)
        let report = PeriodStory.ledger([first, second], watch: WatchRecord()).report(on: period)
        #expect(report.workload(Story.database)?.figures.secondsDown == 10)
        #expect(report.workload(Story.database)?.figures.outages == 1)
        #expect(report.node("w-1")?.secondsOutOfService == 19)
        #expect(report.observation.secondsObserved == 30)
    }

    @Test func `a workload that was deleted and made again is not down between`() throws {
        var watch = WatchRecord()
        watch.spans = [PeriodStory.day]
        watch.workloads = [Story.web: PeriodStory.steps([(-40_000, 2, 2), (0, 0, 0), (100, 0, 2), (130, 2, 2)])]
        let report = PeriodStory.ledger([], watch: watch).report(
            on: ReportPeriod(PeriodStory.day, name: "x", zone: PeriodStory.utc)
        )
        let web = try #require(report.workload(Story.web))
        #expect(web.figures.secondsDown == 30)
        #expect(web.figures.secondsObserved == 83_200)
    }

    @Test func `a node that comes back under another name is another node, and the old name is missed no longer`()
        throws
    {
        var watch = WatchRecord()
        watch.spans = [PeriodStory.span(0, 1000)]
        watch.nodes = [
            "old": PeriodStory.steps([(0, 1, 1), (100, 0, 1), (130, 0, 0)]).seen(in: watch.spans),
            "new": PeriodStory.steps([(400, 0, 1), (420, 1, 1)]).seen(in: watch.spans),
            "same": PeriodStory.steps([(0, 1, 1), (130, 0, 0), (400, 1, 1)]).seen(in: watch.spans),
        ]
        let ledger = Ledger(cluster: "c", watch: watch, runs: [], now: Story.at(1000))
        let report = ledger.report(
            on: ReportPeriod(PeriodStory.span(0, 1000), name: "p", zone: PeriodStory.utc)
        )
        #expect(report.nodes.map(\.node) == ["new", "old", "same"])
        // Not Ready before it went; then not wanted. Not Ready when it came; not there before. Away and back.
        #expect(report.node("old")?.figures.secondsDown == 30)
        #expect(report.node("new")?.figures.secondsDown == 20)
        #expect(report.node("new")?.figures.secondsObserved == 600)
        #expect(report.node("same")?.figures.secondsDown == 270)
        #expect(report.nodes.map(\.figures.outages) == [1, 1, 1])
    }

    @Test func `a node's time is that of its parts, and recovery comes after it`() throws {
        var story = Story()
        story.event(0, .waveAdmitted(wave: 1, healthy: []))
        story.event(1, .cordoned(node: "w-1"))
        story.evict(2, "w-1", uid: "a")
        story.evict(3, "w-1", uid: "a")
        story.event(11, .drained(node: "w-1"))
        story.event(31, .stepFinished(node: "w-1", step: 0, report: StepReport(name: "patch", outcome: .done)))
        story.event(36, .rebooting(node: "w-1", step: 1, bootID: "b"))
        story.event(96, .stepFinished(node: "w-1", step: 1, report: StepReport(name: "boot", outcome: .done)))
        story.event(103, .verified(node: "w-1"))
        story.event(105, .uncordoned(node: "w-1"))
        story.event(125, .waveFinished(wave: 1))
        story.event(125, .finished)
        let node = try #require(story.report().nodes.first)
        #expect(node.outOfService == 104 && node.drain == 10 && node.service == 92 && node.return == 2)
        #expect(node.reboot == 60 && node.verify == 7 && node.recovery == 20 && node.evictions == 1)
        #expect(node.drain + node.service + node.return == node.outOfService)
        #expect(node.steps.map(\.seconds) == [20, 65])
        let run = try #require(
            PeriodStory.ledger([story], watch: WatchRecord()).report(
                on: ReportPeriod(PeriodStory.day, name: "p", zone: PeriodStory.utc)
            ).runs.first
        )
        #expect(run.services.first?.spans.map(\.part) == [.drain, .service, .reboot, .verify, .return, .recovery])
    }

    @Test func `a budget counts from the moment on at which it was made`() throws {
        var story = Story(waves: [["w-1"]])
        story.workload(0, Story.web, 1, of: 3)
        story.budget(50, Story.webBudget, 1, of: 2, [Story.web])
        story.budget(60, Story.webBudget, 2, of: 2, [Story.web])
        story.event(100, .finished)
        let report = PeriodStory.ledger([story], watch: WatchRecord()).report(
            on: ReportPeriod(PeriodStory.day, name: "x", zone: PeriodStory.utc)
        )
        #expect(report.workload(Story.web)?.figures.secondsBelowBudget == 10)
    }

    @Test func `steps are timed from the one before them`() throws {
        let step = try #require(PeriodStory.report().steps.first)
        #expect(step.name == "kernel")
        #expect(step.count == 2 && step.failed == 1 && step.retries == 2)
        #expect(step.secondsLongest == 130 && step.secondsMedian == 10)
    }

    @Test func `a report comes back from its JSON`() throws {
        let report = PeriodStory.report()
        #expect(try JSONDecoder().decode(PeriodReport.self, from: JSONEncoder().encode(report)) == report)
    }
}

struct ReportPeriodTests {
    @Test(arguments: [
        ("2026-10", "Asia/Seoul", "2026-09-30T15:00:00.000Z", 31 * 24),
        ("2026-12", "UTC", "2026-12-01T00:00:00.000Z", 31 * 24),
        // Summer time ends in October and begins in March.
        ("2026-10", "Europe/Berlin", "2026-09-30T22:00:00.000Z", 31 * 24 + 1),
        ("2026-03", "Europe/Berlin", "2026-02-28T23:00:00.000Z", 31 * 24 - 1),
        ("2028-02", "America/New_York", "2028-02-01T05:00:00.000Z", 29 * 24),
    ])
    func `a month is the zone's own`(month: String, zone: String, start: String, hours: Int) throws {
        let zone = try #require(TimeZone(identifier: zone))
        let period = try #require(ReportPeriod(month: month, zone: zone))
        #expect(period.interval.start.description == start)
        #expect(period.interval.duration == .seconds(hours * 3600))
    }

    @Test(arguments: ["2026-13", "2026-1", "26-10", "2026/10", "", "2026-00", "2026-10-01"])
    func `what is no month is refused`(text: String) {
        #expect(ReportPeriod(month: text, zone: .gmt) == nil)
    }

    @Test(arguments: [
        ("2026-10-01", "2026-09-30T15:00:00.000Z"), ("2026-10-01T09:30", "2026-10-01T00:30:00.000Z"),
        ("2026-10-01T00:30:00Z", "2026-10-01T00:30:00.000Z"),
    ])
    func `a moment may be a day, a local time or UTC`(text: String, meant: String) throws {
        let seoul = try #require(TimeZone(identifier: "Asia/Seoul"))
        #expect(ReportPeriod.moment(text, zone: seoul)?.description == meant)
    }

    @Test(arguments: ["", "yesterday", "2026-10", "2026-10-01T25:00", "2026-10-01 09:30", "2026-99-01"])
    func `what is no moment is refused`(text: String) { #expect(ReportPeriod.moment(text, zone: .gmt) == nil) }
}
