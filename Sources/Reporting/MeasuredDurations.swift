package import Planning
import Rollout

/// How long earlier runs took for the steps of a wave.
package struct MeasuredDurations: Sendable {
    /// How many nodes' services were measured.
    package private(set) var services = 0

    private var serviceSeconds: [Double] = []
    private var servicesByNode: [String: [Double]] = [:]
    private var drainSeconds: [Double] = []
    private var recoverySeconds: [Double] = []

    /// Fewer measurements than these are no range.
    package static let enough = 5
    private static let enoughOfOneNode = 2
    /// A shorter drain found nothing to move.
    private static let shortestDrain = 1.0

    /// - Parameter nodes: of runs that did the same to them as the one that is planned.
    package init(_ nodes: [Report.Node]) {
        for node in nodes where node.state == .recovered && node.service > 0 {
            services += 1
            serviceSeconds.append(node.service)
            servicesByNode[node.node, default: []].append(node.service)
            // One that carried nothing had nothing to recover.
            if node.evictions > 0 { recoverySeconds.append(node.recovery) }
            if node.drain >= Self.shortestDrain { drainSeconds.append(node.drain) }
        }
    }

    /// The range from the 10th to the 90th of a hundred measurements, where there are five or more; a node that was
    /// measured twice or more has the range of its own. For the rest, `defaults` hold.
    package func estimates(over defaults: DurationEstimates = DurationEstimates()) -> DurationEstimates {
        var estimates = defaults
        if serviceSeconds.count >= Self.enough { estimates.service = Self.range(of: serviceSeconds) }
        if drainSeconds.count >= Self.enough { estimates.round = Self.range(of: drainSeconds) }
        if recoverySeconds.count >= Self.enough { estimates.recovery = Self.range(of: recoverySeconds) }
        for (node, seconds) in servicesByNode where seconds.count >= Self.enoughOfOneNode {
            estimates.serviceByNode[node] = Self.range(of: seconds)
        }
        return estimates
    }

    private static func range(of seconds: [Double]) -> TimeEstimate {
        let sorted = seconds.sorted()
        let last = sorted.count - 1
        return TimeEstimate(low: sorted[last / 10], high: sorted[last - last / 10])
    }
}
