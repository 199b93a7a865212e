import ClusterModel
import Rollout

/// A node's way out of service and back, folded over the run's events.
struct NodeStory {
    private enum Part { case drain, service, `return` }

    let name: String
    let wave: Int
    private(set) var state = NodePhase.waiting
    private(set) var outOfService = Duration.zero
    private var lengths: [Part: Duration] = [:]
    private var steps: [Int: Report.Step] = [:]

    private var cordonedAt: Instant?
    private var part: (kind: Part, since: Instant)?
    private var failedIn = NodePhase.waiting
    private(set) var wasOut = false

    init(name: String, wave: Int) {
        self.name = name
        self.wave = wave
    }

    mutating func apply(_ event: Event, at instant: Instant) {
        switch event {
        case .waveAdmitted(wave, _): if state == .waiting { state = .admitted }
        case .waveFinished(wave): state = .recovered
        case .cordoned(name): cordon(at: instant)
        case .drained(name): enter(.service, .servicing, at: instant)
        case .verified(name): enter(.return, .returning, at: instant)
        case .uncordoned(name): uncordon(at: instant)
        case .stepFinished(name, let step, let report): add(report, as: step)
        case .nodeFailed(name, let phase, _):
            failedIn = phase
            state = .failed
        case .resumed: if state == .failed { state = cordonedAt == nil ? .waiting : failedIn }
        default: break
        }
    }

    /// Counts what has not ended up to `instant`.
    mutating func close(at instant: Instant) {
        closePart(at: instant)
        if let since = cordonedAt { outOfService += instant.since(since) }
        cordonedAt = nil
    }

    var summary: Report.Node {
        Report.Node(
            name: name,
            wave: wave,
            state: state,
            outOfService: outOfService.seconds,
            drain: lengths[.drain, default: .zero].seconds,
            service: lengths[.service, default: .zero].seconds,
            return: lengths[.return, default: .zero].seconds,
            steps: steps.sorted { $0.key < $1.key }.map(\.value)
        )
    }

    private mutating func cordon(at instant: Instant) {
        state = .draining
        wasOut = true
        if cordonedAt != nil { return }
        cordonedAt = instant
        part = (.drain, instant)
    }

    private mutating func enter(_ kind: Part, _ state: NodePhase, at instant: Instant) {
        closePart(at: instant)
        part = (kind, instant)
        self.state = state
    }

    /// One that was serviced is back; one that was not waits for its turn again.
    private mutating func uncordon(at instant: Instant) {
        close(at: instant)
        if state != .failed { state = state == .returning ? .returned : .waiting }
    }

    private mutating func closePart(at instant: Instant) {
        guard let part else { return }
        lengths[part.kind, default: .zero] += instant.since(part.since)
        self.part = nil
    }

    private mutating func add(_ report: StepReport, as step: Int) {
        let before = steps[step]?.attempts ?? 0
        steps[step] = Report.Step(name: report.name, outcome: report.outcome, attempts: before + report.attempts)
    }
}
