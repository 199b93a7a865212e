import ClusterModel
import Ports
import Reliability
import Rollout

/// The time a report speaks of, and how the run stands at the end of it.
struct RunWindow {
    var interval: Interval
    var state = Report.Run.State.running
    var reason: String?
    /// From when on nobody looked, because no process ran; each lasts until something is looked at again.
    var pauses: [Instant] = []

    private var interruptedFirst = false
    private var failedFirst = false

    init(of run: RunRecord, events: [RecordedEvent], samples: [HealthSample], now: Instant) {
        let start = min(run.startedAt, events.first?.at ?? run.startedAt)
        interval = Interval(from: start, to: max(start, now))
        var lastSeen = start
        for entry in events {
            if entry.event == .resumed {
                pauses.append(max(lastSeen, Self.lastLook(samples, before: entry.at) ?? lastSeen))
            }
            apply(entry)
            lastSeen = max(lastSeen, entry.at)
        }
        if state == .running { interval.end = max(start, now) }
    }

    var endedAt: Instant? { state == .running ? nil : interval.end }

    private mutating func apply(_ entry: RecordedEvent) {
        switch entry.event {
        case .finished: end(.finished, reason: nil, at: entry.at)
        case .halted(let reason): end(interruptedFirst ? .interrupted : .halted, reason: reason, at: entry.at)
        case .aborted: end(.interrupted, reason: "aborted", at: entry.at)
        case .interrupted: interruptedFirst = !failedFirst
        case .nodeFailed: failedFirst = !interruptedFirst
        case .resumed:
            state = .running
            reason = nil
            interruptedFirst = false
            failedFirst = false
        default: break
        }
    }

    private mutating func end(_ state: Report.Run.State, reason: String?, at instant: Instant) {
        self.state = state
        self.reason = reason
        interval.end = max(interval.start, instant)
    }

    private static func lastLook(_ samples: [HealthSample], before instant: Instant) -> Instant? {
        samples.lazy.map(\.at).filter { $0 < instant }.max()
    }
}
