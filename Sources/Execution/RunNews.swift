package import ClusterModel
package import Rollout

/// What whoever watches a run is told.
package enum RunNews: Sendable {
    /// It happened, and is written down.
    case event(Event, at: Instant)
    /// Nothing new starts for now, and why; told at once and then every minute.
    case waiting(RunWait, at: Instant)
    /// Something that is worth a line, and changes nothing.
    case notice(String)
    /// How the run stands, after each event and each look at the cluster.
    case standing(RunStanding)
}

/// What a run waits for that it cannot bring about.
package enum RunWait: Hashable, Sendable {
    /// The wave's proof does not hold on the cluster as it is; the run halts at `until`.
    case unproven(wave: Int, reason: String, until: Instant?)
    /// A gate is closed; the run halts at `until`.
    case gate(name: String, reason: String, until: Instant)
    /// Changes of the cluster cannot be seen.
    case unreadable(reason: String)

    /// Why, in one line, for the journal.
    var words: String {
        switch self {
        case .unproven(let wave, let reason, _): "wave \(wave) cannot start yet: \(reason)"
        case .gate(let name, let reason, _): "gate \u{201C}\(name)\u{201D} is closed: \(reason)"
        case .unreadable(let reason): "the cluster cannot be seen: \(reason)"
        }
    }

    /// The same kind of waiting, for whatever reason by now.
    fileprivate func continues(_ other: RunWait) -> Bool {
        switch (self, other) {
        case (.unproven(let wave, _, _), .unproven(let otherWave, _, _)): wave == otherWave
        case (.gate(let name, _, _), .gate(let other, _, _)): name == other
        case (.unreadable, .unreadable): true
        default: false
        }
    }
}

/// How far a run has come, for people.
package struct RunStanding: Hashable, Sendable {
    package var at: Instant
    package var startedAt: Instant
    /// The present wave's number, from 1; the last one's when all are done.
    package var wave: Int
    package var waves: Int
    /// Nodes that are back for good, of all.
    package var done: Int
    package var total: Int
    /// The present wave's nodes in the wave's order.
    package var nodes: [NodeStanding]

    package init(
        at: Instant,
        startedAt: Instant,
        wave: Int,
        waves: Int,
        done: Int,
        total: Int,
        nodes: [NodeStanding]
    ) {
        self.at = at
        self.startedAt = startedAt
        self.wave = wave
        self.waves = waves
        self.done = done
        self.total = total
        self.nodes = nodes
    }
}

/// One node of the present wave.
package struct NodeStanding: Hashable, Sendable {
    package var node: String
    package var phase: NodePhase
    /// The playbook step that is next or at work; nil outside of its service.
    package var step: String?
    package var isCordoned: Bool
    /// Pods that have to leave before the service, as seen last; nil before the first look.
    package var podsLeft: Int?
    /// When the phase began; nil before the first.
    package var since: Instant?

    package init(
        node: String,
        phase: NodePhase,
        step: String? = nil,
        isCordoned: Bool,
        podsLeft: Int?,
        since: Instant?
    ) {
        self.node = node
        self.phase = phase
        self.step = step
        self.isCordoned = isCordoned
        self.podsLeft = podsLeft
        self.since = since
    }
}

/// Decides when to say again that a run waits.
struct WaitNotice {
    static let interval: Duration = .seconds(60)
    /// Reasons have numbers that may change with every look.
    static let changeInterval: Duration = .seconds(10)

    private(set) var current: RunWait?
    private var told: (wait: RunWait, at: Instant)?

    /// Whether to say so now: at once where a wait begins, soon where its reason is another, else every minute.
    mutating func isDue(_ wait: RunWait, at instant: Instant) -> Bool {
        current = wait
        if let told, wait.continues(told.wait) {
            let pause = wait == told.wait ? Self.interval : Self.changeInterval
            if instant.since(told.at) < pause { return false }
        }
        told = (wait, instant)
        return true
    }

    /// The cluster can be seen again.
    mutating func sighted() {
        if case .unreadable = current { self = WaitNotice() }
    }

    /// The wave that waited has begun.
    mutating func waveBegan() { self = WaitNotice() }
}
