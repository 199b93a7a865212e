import ClusterModel
import Reliability
import Testing

struct OutageTests {
    @Test func `an outage lasts from down to up`() {
        let timeline = HealthTimeline([step(0, 1, 1), step(10, 0, 1), step(14, 1, 1), step(50, 0, 1), step(60, 1, 1)])
        #expect(timeline.outages(in: span(0, 100)) == [outage(10, 14, 4), outage(50, 60, 10)])
    }

    @Test func `a change of the numbers does not end an outage, and scaling to zero does`() {
        let timeline = HealthTimeline([step(0, 0, 1), step(10, 0, 2), step(20, 0, 0)])
        #expect(timeline.outages(in: span(0, 100)) == [outage(0, 20, 20)])
    }

    @Test func `a gap within an outage neither parts nor lengthens it`() {
        let timeline = HealthTimeline([
            step(0, 0, 1), step(10, 0, 1, observed: false), step(30, 0, 1), step(35, 1, 1),
        ])
        #expect(timeline.outages(in: span(0, 100)) == [outage(0, 35, 15)])
    }

    @Test func `an outage that a gap hides the end of is over once the thing is seen up`() {
        let timeline = HealthTimeline([step(0, 0, 1), step(10, 0, 1, observed: false), step(30, 1, 1)])
        #expect(timeline.outages(in: span(0, 100)) == [outage(0, 10, 10)])
    }

    @Test(arguments: [true, false]) func `an outage that was not seen to end is not over`(observed: Bool) {
        let steps = [step(90, 0, 1)] + (observed ? [] : [step(95, 0, 1, observed: false)])
        let end: Int64 = observed ? 100 : 95
        #expect(
            HealthTimeline(steps).outages(in: span(0, 100)) == [outage(90, end, end - 90, isOver: false)]
        )
    }

    @Test func `outages outside the window do not count`() {
        let timeline = HealthTimeline([step(0, 0, 1), step(10, 1, 1), step(90, 0, 1)])
        #expect(timeline.outages(in: span(20, 80)).isEmpty)
    }

    @Test func `the mean time to repair is that of all outages of all things`() {
        #expect(MeanTimes.toRepair([outage(0, 4, 4), outage(10, 20, 10), outage(30, 60, 1)]) == .seconds(5))
        #expect(MeanTimes.toRepair([]) == nil)
    }

    @Test func `the mean time between failures goes from start to start, within one thing`() {
        let one = [outage(0, 4, 4), outage(10, 20, 10), outage(40, 60, 20)]
        #expect(MeanTimes.betweenFailures([one]) == .seconds(20))
        #expect(
            MeanTimes.betweenFailures([one, [outage(5, 6, 1)], [outage(0, 1, 1), outage(50, 51, 1)]]) == .seconds(30)
        )
        #expect(MeanTimes.betweenFailures([[outage(0, 4, 4)], []]) == nil)
    }
}
