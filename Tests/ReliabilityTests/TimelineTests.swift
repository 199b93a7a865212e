import ClusterModel
import Reliability
import Testing

struct TimelineTests {
    /// What a workload went through, step by step, and what that comes to over seconds 0 to 100.
    struct Story: CustomTestStringConvertible, Sendable {
        var testDescription: String
        var steps: [HealthTimeline.Step]
        var down: [Interval] = []
        var below: [Interval] = []
        var unobserved: [Interval] = []
        var availability: Double?
    }

    static let stories = [
        Story(testDescription: "nothing is known", steps: [], unobserved: [span(0, 100)]),
        Story(testDescription: "all is well", steps: [step(0, 3, 3)], availability: 1),
        Story(
            testDescription: "one of three is away for a while",
            steps: [step(0, 3, 3), step(10, 2, 3), step(30, 3, 3)],
            below: [span(10, 30)],
            availability: 1
        ),
        Story(
            testDescription: "the only pod moves",
            steps: [step(0, 1, 1), step(10, 0, 1), step(15, 1, 1)],
            down: [span(10, 15)],
            below: [span(10, 15)],
            availability: 0.95
        ),
        Story(
            testDescription: "none is wanted, so none is missed",
            steps: [step(0, 1, 1), step(10, 0, 0)],
            availability: 1
        ),
        Story(
            testDescription: "changes of the numbers do not part an interval",
            steps: [step(0, 2, 3), step(10, 1, 3), step(20, 1, 2), step(30, 2, 2)],
            below: [span(0, 30)],
            availability: 1
        ),
        Story(
            testDescription: "a gap is neither up nor down",
            steps: [step(0, 0, 1), step(20, 0, 1, observed: false), step(60, 1, 1)],
            down: [span(0, 20)],
            below: [span(0, 20)],
            unobserved: [span(20, 60)],
            availability: 40.0 / 60
        ),
        Story(
            testDescription: "the time before the first step is a gap",
            steps: [step(40, 1, 1)],
            unobserved: [span(0, 40)],
            availability: 1
        ),
        Story(
            testDescription: "what began before the window and ends after it is cut",
            steps: [step(-50, 0, 1), step(200, 1, 1)],
            down: [span(0, 100)],
            below: [span(0, 100)],
            availability: 0
        ),
        Story(
            testDescription: "of two steps at one instant the later holds",
            steps: [step(0, 0, 1), step(0, 1, 1), step(50, 1, 1), step(50, 0, 1)],
            down: [span(50, 100)],
            below: [span(50, 100)],
            availability: 0.5
        ),
        Story(
            testDescription: "steps may come in any order",
            steps: [step(60, 1, 1), step(0, 1, 1), step(50, 0, 1)],
            down: [span(50, 60)],
            below: [span(50, 60)],
            availability: 0.9
        ),
        Story(
            testDescription: "nobody ever looked",
            steps: [step(0, 0, 1, observed: false)],
            unobserved: [span(0, 100)]
        ),
    ]

    @Test(arguments: stories) func `a timeline tells down, below and unobserved apart`(story: Story) {
        let timeline = HealthTimeline(story.steps)
        #expect(timeline.down(in: span(0, 100)) == story.down)
        #expect(timeline.belowWanted(in: span(0, 100)) == story.below)
        #expect(timeline.unobserved(in: span(0, 100)) == story.unobserved)
        #expect(timeline.availability(in: span(0, 100)) == story.availability)
    }

    @Test func `an empty window holds nothing`() {
        let timeline = HealthTimeline([step(0, 0, 1)])
        #expect(timeline.down(in: span(10, 10)).isEmpty)
        #expect(timeline.unobserved(in: span(10, 5)).isEmpty)
        #expect(timeline.availability(in: span(10, 10)) == nil)
    }
}

struct IntervalTests {
    @Test func `a union joins what overlaps or touches and drops what is empty`() {
        let union = [span(20, 30), span(0, 5), span(5, 7), span(25, 26), span(28, 40), span(50, 50), span(70, 60)].union
        #expect(union == [span(0, 7), span(20, 40)])
        #expect(union.duration == .seconds(27))
    }

    @Test(arguments: [
        (span(0, 10), span(5, 20), span(5, 10)), (span(0, 10), span(10, 20), nil),
        (span(0, 10), span(2, 3), span(2, 3)),
        (span(0, 10), span(30, 40), nil),
    ]) func `an intersection is what both have`(left: Interval, right: Interval, common: Interval?) {
        #expect(left.intersection(right) == common)
        #expect(right.intersection(left) == common)
    }

    @Test func `an interval that ends before it starts has no length`() {
        #expect(span(10, 5).duration == .zero)
        #expect(span(5, 10).duration == .seconds(5))
    }
}
