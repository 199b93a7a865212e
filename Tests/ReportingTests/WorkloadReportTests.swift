import ClusterModel
import Reporting
import Rollout
import Testing

struct WorkloadReportTests {
    @Test func `down is no healthy pod though some are wanted`() throws {
        var story = Story()
        story.workload(0, Story.web, 1, of: 1)
        story.workload(10, Story.web, 0, of: 1)
        story.workload(14.5, Story.web, 1, of: 1)
        story.workload(30, Story.web, 0, of: 1)
        story.workload(31.5, Story.web, 1, of: 1)
        story.event(60, .finished)
        let report = story.report()
        let web = try #require(report.workload(Story.web))
        #expect(web.secondsDown == 6 && web.outages == 2 && report.mttr == 3 && report.totals.secondsDown == 6)
        #expect(!web.hasBudget && web.secondsBelowBudget == 0 && web.budgets.isEmpty)
    }

    @Test func `a workload that wants nothing is never down`() throws {
        var story = Story()
        story.workload(0, Story.web, 0, of: 0)
        let report = story.report()
        #expect(try #require(report.workload(Story.web)).secondsDown == 0)
        #expect(report.mttr == nil)
    }

    @Test func `an outage that has not ended counts up to the run's end`() throws {
        var story = Story()
        story.workload(0, Story.web, 0, of: 1)
        story.event(20, .halted(reason: "late"))
        #expect(try #require(story.report().workload(Story.web)).secondsDown == 20)
    }

    @Test func `below budget is the union over the workload's budgets`() throws {
        var story = Story()
        for second in [0.0, 15] { story.workload(second, Story.web, 3, of: 3) }
        story.workload(0, Story.database, 1, of: 1)
        story.budget(0, Story.webBudget, 2, of: 2, [Story.web])
        story.budget(10, Story.webBudget, 1, of: 2, [Story.web])
        story.budget(20, Story.webBudget, 2, of: 2, [Story.web])
        story.budget(0, Story.shopBudget, 4, of: 4, [Story.database, Story.web])
        story.budget(15, Story.shopBudget, 3, of: 4, [Story.database, Story.web])
        story.budget(30, Story.shopBudget, 4, of: 4, [Story.database, Story.web])
        story.event(60, .finished)
        let report = story.report()
        let web = try #require(report.workload(Story.web))
        #expect(web.secondsBelowBudget == 20 && web.budgets == ["shop/all", "shop/web"] && web.hasBudget)
        let database = try #require(report.workload(Story.database))
        #expect(database.secondsBelowBudget == 15 && database.budgets == ["shop/all"])
        #expect(report.totals.secondsBelowBudget == 35)
    }

    @Test func `a budget counts for its workload while no pod of it is left`() throws {
        var story = Story()
        story.workload(0, Story.web, 1, of: 1)
        story.budget(0, Story.webBudget, 1, of: 1, [Story.web])
        story.budget(10, Story.webBudget, 0, of: 1, [])
        story.budget(14, Story.webBudget, 1, of: 1, [Story.web])
        story.budget(50, Story.webBudget, 0, of: 1, [])
        story.budget(52, Story.webBudget, 0, of: 0, [])
        #expect(try #require(story.report().workload(Story.web)).secondsBelowBudget == 6)
    }

    @Test func `a workload without a number of replicas counts by its budget`() throws {
        var story = Story()
        let daemon = WorkloadID(kind: "DaemonSet", namespace: "shop", name: "agent")
        story.budget(0, Story.webBudget, 2, of: 2, [daemon])
        story.budget(5, Story.webBudget, 1, of: 2, [daemon])
        story.event(9, .finished)
        let workload = try #require(story.report().workload(daemon))
        #expect(workload.secondsBelowBudget == 4 && workload.secondsDown == 0 && workload.outages == 0)
    }

    @Test func `time that nobody looked at is neither up nor down`() throws {
        var story = Story()
        story.workload(5, Story.web, 0, of: 1)
        story.workload(10, Story.web, 0, of: 1, observed: false)
        story.workload(40, Story.web, 1, of: 1)
        story.event(60, .finished)
        let web = try #require(story.report().workload(Story.web))
        #expect(web.secondsDown == 5 && web.secondsUnobserved == 30 && web.outages == 1)
    }

    @Test func `between a halt and its resumption nobody looks`() throws {
        var story = Story()
        story.workload(0, Story.web, 0, of: 1)
        story.event(10, .halted(reason: "late"))
        story.event(100, .resumed)
        story.workload(101, Story.web, 1, of: 1)
        story.event(110, .finished)
        let report = story.report()
        let web = try #require(report.workload(Story.web))
        #expect(web.secondsDown == 10 && web.secondsUnobserved == 91 && web.outages == 1)
        #expect(report.totals.duration == 110)
    }

    @Test func `after a kill nobody has looked since the last entry`() throws {
        var story = Story()
        story.workload(0, Story.web, 1, of: 1)
        story.event(10, .cordoned(node: "w-1"))
        story.workload(12, Story.web, 0, of: 1)
        story.event(50, .resumed)
        story.workload(52, Story.web, 0, of: 1)
        story.workload(55, Story.web, 1, of: 1)
        story.event(60, .finished)
        let web = try #require(story.report().workload(Story.web))
        #expect(web.secondsDown == 3 && web.secondsUnobserved == 40 && web.outages == 1)
    }

    @Test func `a thing that is not looked at again after a resumption stays unobserved`() throws {
        var story = Story()
        story.workload(0, Story.web, 1, of: 1)
        story.event(10, .interrupted)
        story.event(20, .resumed)
        story.event(60, .finished)
        #expect(try #require(story.report().workload(Story.web)).secondsUnobserved == 50)
    }

    @Test func `what is felt most comes first, then the names`() {
        var story = Story()
        for name in ["c", "a", "b", "e", "d"] {
            story.workload(0, WorkloadID(kind: "Deployment", namespace: "x", name: name), name == "d" ? 0 : 1, of: 1)
        }
        story.budget(0, Story.webBudget, 1, of: 2, [WorkloadID(kind: "Deployment", namespace: "x", name: "e")])
        story.event(10, .finished)
        #expect(story.report().workloads.map(\.workload) == ["x/d", "x/e", "x/a", "x/b", "x/c"])
    }
}
