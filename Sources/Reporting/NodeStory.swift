import ClusterModel
import Reliability
import Rollout

/// A node's way out of service and back, as far as a run's events tell it.
struct NodeStory {
    typealias Part = PeriodReport.Span.Part

    /// One attempt after another at a step, from its begin to its end.
    struct StepTime {
        var report: StepReport
        var interval: Interval
    }

    /// A time out of service.
    struct Absence {
        var interval: Interval
        var failed = false
    }

    let name: String
    var wave: Int
    private(set) var state = NodePhase.waiting
    private(set) var outOfService = Duration.zero
    private var lengths: [Part: Duration] = [:]
    private var steps: [Int: Report.Step] = [:]
    private(set) var spans: [(part: Part, interval: Interval)] = []
    private(set) var absences: [Absence] = []
    private(set) var stepTimes: [StepTime] = []

    private var cordonedAt: Instant?
    private var part: (kind: Part, since: Instant)?
    private var failedIn = NodePhase.waiting
    private var hasFailed = false
    /// When the step that is at work can have begun at the earliest.
    private var stepSince: Instant?
    private(set) var wasOut = false

    init(name: String, wave: Int) {
        self.name = name
        self.wave = wave
    }

    /// A node that comes again, for a further version, starts anew; its times add up.
    mutating func admit(to wave: Int) {
        guard state == .waiting || state == .recovered else { return }
        self.wave = wave
        state = .admitted
    }

    mutating func recover() { state = .recovered }

    mutating func cordon(at instant: Instant) {
        state = .draining
        wasOut = true
        if cordonedAt != nil { return }
        cordonedAt = instant
        hasFailed = false
        part = (.drain, instant)
    }

    mutating func drained(at instant: Instant) {
        enter(.service, .servicing, at: instant)
        stepSince = instant
    }

    mutating func verified(at instant: Instant) { enter(.return, .returning, at: instant) }

    /// One that was serviced is back; one that was not waits for its turn again.
    mutating func uncordon(at instant: Instant) {
        close(at: instant)
        if state != .failed { state = state == .returning ? .returned : .waiting }
    }

    /// It left for good: from then on it is not missed.
    mutating func retire(at instant: Instant) {
        close(at: instant)
        state = .returned
    }

    mutating func fail(in phase: NodePhase) {
        failedIn = phase
        hasFailed = true
        state = .failed
    }

    /// What failed is tried again from where it stood; what was given back waits.
    mutating func resume() { if state == .failed { state = cordonedAt == nil ? .waiting : failedIn } }

    mutating func add(_ report: StepReport, as step: Int, at instant: Instant) {
        stepTimes.append(StepTime(report: report, interval: Interval(from: stepSince ?? instant, to: instant)))
        stepSince = instant
        let before = steps[step]?.attempts ?? 0
        steps[step] = Report.Step(name: report.name, outcome: report.outcome, attempts: before + report.attempts)
    }

    /// Counts what has not ended up to `instant`.
    mutating func close(at instant: Instant) {
        closePart(at: instant)
        if let since = cordonedAt {
            outOfService += instant.since(since)
            absences.append(Absence(interval: Interval(from: since, to: instant), failed: hasFailed))
        }
        cordonedAt = nil
    }

    var summary: Report.Node {
        Report.Node(
            node: name,
            wave: wave,
            state: state,
            outOfService: outOfService.seconds,
            drain: lengths[.drain, default: .zero].seconds,
            service: lengths[.service, default: .zero].seconds,
            return: lengths[.return, default: .zero].seconds,
            steps: steps.sorted { $0.key < $1.key }.map(\.value)
        )
    }

    private mutating func enter(_ kind: Part, _ state: NodePhase, at instant: Instant) {
        closePart(at: instant)
        part = (kind, instant)
        self.state = state
    }

    private mutating func closePart(at instant: Instant) {
        guard let part else { return }
        lengths[part.kind, default: .zero] += instant.since(part.since)
        spans.append((part.kind, Interval(from: part.since, to: instant)))
        self.part = nil
    }
}
