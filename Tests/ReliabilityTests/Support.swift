import ClusterModel
import Reliability

func step(_ second: Int64, _ healthy: Int, _ wanted: Int, observed: Bool = true) -> HealthTimeline.Step {
    HealthTimeline.Step(at: moment(second), healthy: healthy, wanted: wanted, observed: observed)
}

func span(_ start: Int64, _ end: Int64) -> Interval { Interval(from: moment(start), to: moment(end)) }

func outage(_ start: Int64, _ end: Int64, _ down: Int64, isOver: Bool = true) -> Outage {
    Outage(start: moment(start), end: moment(end), down: .seconds(down), isOver: isOver)
}

func moment(_ second: Int64) -> Instant { Instant(milliseconds: second * 1000) }
