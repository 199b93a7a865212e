import ClusterModel
import Planning
package import Ports
package import Rollout

/// A run's events, brought down to what another machine needs: it grows with the nodes that are at work and with the
/// names of those that are done, not with what they went through.
package struct CampaignDigest: Sendable {
    /// Waves that are over, each as `END NODE…`, where a node is `NAME,OUT,BACK,STEPS` or `NAME,-,-,REASON`.
    private(set) var past: [[String]] = []
    /// What has happened since, and what concerns nodes that are neither done nor left out.
    private(set) var present: [RecordedEvent] = []
    /// The machine at the end of all events.
    private var rollout: Rollout
    private let planned: [PlannedWave]

    package init(_ events: [RecordedEvent] = [], of outline: RolloutOutline) {
        rollout = Rollout(outline)
        planned = rollout.outline.waves.map(PlannedWave.init)
        for entry in events { add(entry) }
    }

    /// The waves as they are by now.
    var waves: [PlannedWave] { rollout.outline.waves.map(PlannedWave.init) }
    var isReplanned: Bool { waves != planned }

    package mutating func add(_ entry: RecordedEvent) {
        let wave = rollout.wave
        rollout.apply(entry.event, at: entry.at)
        if case .waveFinished = entry.event, let wave {
            close(wave, at: entry.at)
        } else if KeptCampaign.mustHold(entry.event) {
            if case .steered = entry.event { present.removeAll { $0.event.isSteering } }
            if entry.event.outdates { for index in present.indices { present[index].event.yield(to: entry.event) } }
            present.append(entry.brief)
        }
    }

    private mutating func close(_ wave: Wave, at end: Instant) {
        var stories: [String: [RecordedEvent]] = [:]
        for entry in present { if let node = entry.event.node { stories[node, default: []].append(entry) } }
        let ends = wave.nodes.compactMap { node in Self.end(of: node, stories[node, default: []]).map { (node, $0) } }
        past.append(["\(end.milliseconds)"] + ends.map { "\($0.0),\($0.1)" })
        let settled = Set(ends.map(\.0))
        present.removeAll { entry in entry.event.node.map(settled.contains) ?? false }
        // Whatever has failed was taken up again by the one or the other.
        let hasFailures = present.contains { if case .nodeFailed = $0.event { true } else { false } }
        present = present.filter { entry in
            if case .resumed = entry.event { return hasFailures }
            return entry.event.node != nil || entry.event.outlivesWave
        }
    }

    /// How it went with a node that is done or left out; nil where it is neither.
    private static func end(of node: String, _ story: [RecordedEvent]) -> String? {
        var (out, steps, isVerified): (Instant?, Int, Bool) = (nil, 0, false)
        var end: String?
        for entry in story {
            switch entry.event {
            case .cordoned: (out, isVerified, end) = (out ?? entry.at, false, nil)
            case .stepFinished(_, let step, let report) where report.outcome != .failed: steps = step + 1
            case .verified: isVerified = true
            case .uncordoned where isVerified, .retired:
                end = "\((out ?? entry.at).milliseconds),\(entry.at.milliseconds),\(steps)"
            case .skipped(_, let reason): end = "-,-,\(reason)"
            case .nodeFailed: end = nil
            default: break
            }
        }
        return end
    }
}

extension KeptCampaign {
    /// Events of which the same state follows as of all that the run has recorded.
    package var story: [RecordedEvent] {
        var story: [RecordedEvent] = []
        if isReplanned == true, let waves {
            let start = past?.first?.first.flatMap { Int64($0) } ?? run.startedAt.milliseconds
            let event = Event.replanned(reason: "these are the waves of the machine before", waves: waves)
            story.append(RecordedEvent(at: Instant(milliseconds: start), event: event))
        }
        for (index, (texts, wave)) in zip(past ?? [], waves ?? []).enumerated() {
            story += Self.wave(index + 1, texts, wave.nodes)
        }
        return story + events
    }

    private static func wave(_ number: Int, _ texts: [String], _ nodes: [String]) -> [RecordedEvent] {
        let end = Instant(milliseconds: texts.first.flatMap { Int64($0) } ?? 0)
        var events: [RecordedEvent] = []
        var told: Set<Substring> = []
        for text in texts.dropFirst() {
            let parts = text.split(separator: ",", maxSplits: 3)
            guard parts.count == 4 else { continue }
            told.insert(parts[0])
            events += node(String(parts[0]), parts[1], parts[2], String(parts[3]), end)
        }
        for node in nodes where !told.contains(node[...]) {
            events.append(RecordedEvent(at: end, event: .uncordoned(node: node)))
        }
        events = events.enumerated().sorted { ($0.element.at, $0.offset) < ($1.element.at, $1.offset) }.map(\.element)
        let start = events.map(\.at).min() ?? end
        return [RecordedEvent(at: start, event: .waveAdmitted(wave: number, healthy: []))] + events
            + [RecordedEvent(at: end, event: .waveFinished(wave: number))]
    }

    private static func node(
        _ node: String,
        _ out: Substring,
        _ back: Substring,
        _ rest: String,
        _ end: Instant
    )
        -> [RecordedEvent]
    {
        guard let out = Int64(out), let back = Int64(back) else {
            return [RecordedEvent(at: end, event: .skipped(node: node, reason: rest))]
        }
        let (first, last) = (Instant(milliseconds: out), Instant(milliseconds: back))
        var events: [(Instant, Event)] = [(first, .cordoned(node: node)), (first, .drained(node: node))]
        if let steps = Int(rest), steps > 0 {
            let report = StepReport(name: "the steps before", outcome: .alreadyDone)
            events.append((last, .stepFinished(node: node, step: steps - 1, report: report)))
        }
        events += [(last, .verified(node: node)), (last, .uncordoned(node: node))]
        return events.map { RecordedEvent(at: $0.0, event: $0.1) }
    }
}

extension PlannedWave {
    init(_ wave: Wave) {
        self.init(
            rounds: wave.rounds,
            nodes: wave.nodes,
            version: wave.version.map { "\($0)" },
            isCanary: wave.isCanary ? true : nil
        )
    }
}

extension RecordedEvent {
    /// Without what a step wrote.
    fileprivate var brief: RecordedEvent {
        guard case .stepFinished(let node, let step, var report) = event else { return self }
        report.output = ""
        return RecordedEvent(at: at, event: .stepFinished(node: node, step: step, report: report))
    }
}

extension Event {
    fileprivate var isSteering: Bool {
        switch self {
        case .steering, .steered: true
        default: false
        }
    }

    /// Earlier ones of its kind have less to say from now on.
    fileprivate var outdates: Bool {
        switch self {
        case .takenUp, .waveAdmitted: true
        default: false
        }
    }

    /// Gives up what only the latest of its kind has to say.
    fileprivate mutating func yield(to later: Event) {
        switch (self, later) {
        case (.takenUp(var hand), .takenUp):
            hand.steps = []
            self = .takenUp(by: hand)
        case (.waveAdmitted(let wave, _), .waveAdmitted): self = .waveAdmitted(wave: wave, healthy: [])
        default: break
        }
    }

    fileprivate var outlivesWave: Bool {
        if case .takenUp = self { true } else { isSteering }
    }

    /// The node that it is about; nil where it is about more.
    fileprivate var node: String? {
        switch self {
        case .cordoned(let node), .drained(let node), .rebooting(let node, _, _), .stepFinished(let node, _, _),
            .verified(let node), .uncordoned(let node), .retired(let node), .nodeFailed(let node, _, _),
            .undone(let node, _, _), .left(let node, _), .skipped(let node, _),
            .joined(let node, _):
            node
        case .gateOpened(_, .node(let node)), .gateClosed(_, .node(let node), _): node
        default: nil
        }
    }
}
