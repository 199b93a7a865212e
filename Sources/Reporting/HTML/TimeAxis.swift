import ClusterModel
import Reliability

/// A drawing's time axis: where a moment lies, and where its ticks stand.
struct TimeAxis {
    let interval: Interval
    let left: Double
    let right: Double
    let local: LocalTime

    private static let steps: [Int64] = [
        1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400, 172_800, 604_800,
        1_209_600, 2_592_000,
    ]

    func x(_ instant: Instant) -> Double {
        let length = max(1, Double(interval.end.milliseconds - interval.start.milliseconds))
        let part = Double(instant.milliseconds - interval.start.milliseconds) / length
        return left + min(1, max(0, part)) * (right - left)
    }

    /// The grid's lines with their labels underneath, from `top` to `bottom`.
    func grid(top: Double, bottom: Double) -> Markup {
        ticks.map { tick -> Markup in
            let x = x(tick)
            return """
                <line class="grid" x1="\(x)" y1="\(top)" x2="\(x)" y2="\(bottom)"/>\
                <text class="mid" x="\(x)" y="\(bottom + 16)">\(label(tick))</text>
                """
        }.joined
    }

    /// Round moments of the zone's clock, eight at most.
    var ticks: [Instant] {
        let offset = local.offset(at: interval.start)
        let start = interval.start.milliseconds + offset
        let end = interval.end.milliseconds + offset
        var moment = (start / step) * step
        if moment < start { moment += step }
        var ticks: [Instant] = []
        while moment <= end, ticks.count < 12 {
            ticks.append(Instant(milliseconds: moment - offset))
            moment += step
        }
        return ticks
    }

    private var step: Int64 {
        let length = interval.duration.milliseconds
        return (Self.steps.first { length / ($0 * 1000) <= 8 } ?? 2_592_000) * 1000
    }

    private func label(_ instant: Instant) -> String {
        let text = local.text(instant)
        if step >= 86_400_000 { return String(text.dropFirst(5).prefix(5)) }
        if interval.duration > .seconds(86_400) { return local.short(instant) }
        return step < 60_000 ? String(text.suffix(8)) : String(text.suffix(8).prefix(5))
    }
}
