import ClusterModel
import Reliability
import Rollout

/// A node's way out of service and back, as far as a run's events tell it.
struct NodeStory {
    typealias Part = PeriodReport.Span.Part

    /// One attempt after another at a step, from its begin to its end.
    struct StepTime {
        var step: Int
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
    private var recoveringSince: Instant?
    private var moved: Set<String> = []
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

    /// What the nodes of its wave had carried is as healthy as before.
    mutating func recover(at instant: Instant) {
        state = .recovered
        closeRecovery(at: instant)
    }

    /// A pod was asked to leave; one that is asked twice moves once.
    mutating func move(_ uid: String) { moved.insert(uid) }

    mutating func reboot(at instant: Instant) { enter(.reboot, state, at: instant) }

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

    /// What came after the last step was waiting for the node to be Ready, and at its version.
    mutating func verified(at instant: Instant) {
        if part?.kind == .service, let ended = stepSince { enter(.verify, state, at: ended) }
        enter(.return, .returning, at: instant)
    }

    /// One that was serviced is back; one that was not waits for its turn again.
    mutating func uncordon(at instant: Instant) {
        close(at: instant)
        if state == .returning { recoveringSince = instant }
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
        stepTimes.append(
            StepTime(step: step, report: report, interval: Interval(from: stepSince ?? instant, to: instant))
        )
        stepSince = instant
        if part?.kind == .reboot { enter(.service, state, at: instant) }
        let times = stepTimes.filter { $0.step == step }
        steps[step] = Report.Step(
            name: report.name,
            outcome: report.outcome,
            attempts: times.reduce(0) { $0 + $1.report.attempts },
            seconds: times.map(\.interval).duration.seconds
        )
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

    /// Counts a recovery that has not ended up to `instant`.
    mutating func closeRecovery(at instant: Instant) {
        guard let since = recoveringSince else { return }
        recoveringSince = nil
        add(.recovery, Interval(from: since, to: instant))
    }

    private func length(_ part: Part) -> Double { lengths[part, default: .zero].seconds }

    var summary: Report.Node {
        let (reboot, verify) = (lengths[.reboot, default: .zero], lengths[.verify, default: .zero])
        return Report.Node(
            node: name,
            wave: wave,
            state: state,
            outOfService: outOfService.seconds,
            drain: length(.drain),
            service: (lengths[.service, default: .zero] + reboot + verify).seconds,
            reboot: reboot.seconds,
            verify: verify.seconds,
            return: length(.return),
            recovery: length(.recovery),
            evictions: moved.count,
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
        add(part.kind, Interval(from: part.since, to: instant))
        self.part = nil
    }

    private mutating func add(_ kind: Part, _ interval: Interval) {
        lengths[kind, default: .zero] += interval.duration
        if !interval.isEmpty { spans.append((kind, interval)) }
    }
}
