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

/// A seeded generator, so that a failure can be repeated.
struct SplitMix {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    mutating func below(_ limit: Int) -> Int { Int(next() % UInt64(limit)) }
}
