import ClusterModel
import Ports
import Reliability

/// What a watcher knows, what it has written of it, and the span that it vouches for.
struct WatchState {
    /// Nil while it cannot look.
    private var counts: HealthCounts?
    /// What the log holds of each thing.
    private var written: [Observation.Subject: Observation]
    private var pending: [Observation] = []
    /// The wall clock, but never backwards: time that is lived twice counts as it was first.
    private var latest = Instant(milliseconds: .min)
    private var lastBeat: Instant?
    private var lastForgotten: Instant?
    /// Nil before its first entry is written.
    var span: Int64?

    private(set) var workloads = 0
    private(set) var nodes = 0

    init(known: [Observation] = []) {
        written = Dictionary(known.map { ($0.subject, $0) }, uniquingKeysWith: { _, last in last })
        latest = known.map(\.at).max() ?? latest
    }

    var isLooking: Bool { counts != nil }

    mutating func look(at cluster: Cluster, now: Instant) {
        let fresh = HealthCounts(cluster)
        counts = fresh
        if lastBeat == nil { lastBeat = now }
        lookAtEverything(now)
    }

    mutating func apply(_ change: ClusterChange, now: Instant) {
        counts?.apply(change)
        note(counts?.changes() ?? [], at: moment(now))
    }

    /// Where more than three beats passed at once nobody looked: the span ends at the last beat, and another begins now.
    mutating func leap(to now: Instant, beat: Duration) -> Duration? {
        guard let lastBeat, now.since(lastBeat) > beat * 3, span != nil else { return nil }
        // What was seen to change before the clock leapt was seen; what came after is found by looking anew.
        for change in pending where change.at > lastBeat { written[change.subject] = nil }
        pending.removeAll { $0.at > lastBeat }
        span = nil
        lookAtEverything(now)
        return now.since(lastBeat)
    }

    /// What is to be written, and the moment up to which it is vouched for.
    mutating func take(now: Instant) -> ([Observation], until: Instant) {
        defer { pending = [] }
        lastBeat = now
        return (pending, moment(now))
    }

    mutating func goBlind() {
        counts = nil
        span = nil
        lastBeat = nil
    }

    mutating func isTimeToForget(_ now: Instant) -> Bool {
        if let lastForgotten, now.since(lastForgotten) < .seconds(3600) { return false }
        lastForgotten = now
        return true
    }

    private mutating func lookAtEverything(_ now: Instant) {
        guard var counts else { return }
        _ = counts.changes()
        self.counts = counts
        let readings = counts.readings
        workloads = readings.count { if case .workload = $0.subject { true } else { false } }
        nodes = readings.count { if case .node = $0.subject { true } else { false } }
        let present = Set(readings.map { Observation.Subject($0.subject) })
        let at = moment(now)
        note(readings, at: at)
        for (subject, known) in written where known.wanted != 0 && !present.contains(subject) {
            put(Observation(at: at, subject: subject, healthy: 0, wanted: 0))
        }
    }

    private mutating func note(_ readings: [HealthReading], at instant: Instant) {
        for reading in readings {
            let seen = Observation(
                at: instant,
                subject: Observation.Subject(reading.subject),
                healthy: reading.healthy,
                wanted: reading.wanted,
                workloads: reading.workloads,
                zone: reading.zone
            )
            // What never wanted a pod is nobody's concern.
            let isNews =
                written[seen.subject].map { !$0.saysTheSame(as: seen) } ?? (seen.wanted > 0 || seen.healthy > 0)
            if isNews { put(seen) }
        }
    }

    private mutating func put(_ observation: Observation) {
        written[observation.subject] = observation
        pending.append(observation)
    }

    private mutating func moment(_ now: Instant) -> Instant {
        latest = max(latest, now)
        return latest
    }
}

extension Observation {
    fileprivate func saysTheSame(as other: Observation) -> Bool {
        healthy == other.healthy && wanted == other.wanted && zone == other.zone
            && Set(other.workloads).isSubset(of: workloads)
    }
}

extension Observation.Subject {
    init(_ subject: HealthReading.Subject) {
        switch subject {
        case .workload(let id): self = .workload(id)
        case .budget(let id): self = .budget(id)
        case .node(let name): self = .node(name)
        }
    }
}
