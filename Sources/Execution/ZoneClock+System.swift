package import ClusterModel
import Foundation
package import Rollout

extension ZoneClock {
    /// The zone of this name as this machine knows it, from `start` on for two years; nil for an unknown name.
    package init?(systemZone name: String, from start: Instant) {
        guard let zone = TimeZone(identifier: name) else { return nil }
        func offset(_ milliseconds: Int64) -> Int64 {
            Int64(zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(milliseconds) / 1000)))
        }
        let step: Int64 = 6 * 3600 * 1000
        let first = start.milliseconds - 3 * 86_400_000
        var shifts = [Shift(from: Instant(milliseconds: first), offset: offset(first))]
        for moment in stride(from: first + step, through: first + 740 * 86_400_000, by: Int64.Stride(step)) {
            let present = offset(moment)
            guard present != shifts.last?.offset else { continue }
            // The second at which the clocks change, found by halving.
            var (before, after) = ((moment - step) / 1000, moment / 1000)
            while after - before > 1 {
                let middle = (before + after) / 2
                if offset(middle * 1000) == present { after = middle } else { before = middle }
            }
            shifts.append(Shift(from: Instant(milliseconds: after * 1000), offset: present))
        }
        self.init(name: name, shifts: shifts)
    }
}
