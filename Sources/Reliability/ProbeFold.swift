package import ClusterModel

/// What one look of an active probe found.
package enum ProbeLook: Hashable, Sendable {
    /// It answered as it should, after so long.
    case good(Duration)
    /// It did not, or not in time.
    case failed
    /// The look itself went wrong, on our side: it says nothing of the workload.
    case missed
}

/// A time in which every look of a probe found the same.
package struct ProbeSpan: Hashable, Sendable {
    package var start: Instant
    package var end: Instant
    package var isUp: Bool
    /// How long before a failed look the last good one was begun; zero where none came before, and of time up.
    package var lead: Duration

    package init(start: Instant, end: Instant, isUp: Bool, lead: Duration = .zero) {
        self.start = start
        self.end = end
        self.isUp = isUp
        self.lead = lead
    }
}

/// Turns looks into times up and down: a row for each change, however often it looks.
///
/// A look counts from the moment it was begun until the next one was begun. It is down from the first failed look to the
/// first good one after it. Where the next look comes later than two intervals after the one before, nobody looked
/// meanwhile: the time between is a gap, and so is that after a missed look.
package struct ProbeFold: Sendable {
    private let longestStep: Duration
    private var current: ProbeSpan?
    private var lastGood: Instant?
    private var changed: [ProbeSpan] = []

    package init(every interval: Duration) {
        longestStep = interval * 2
    }

    /// Takes what the look that was begun at this moment found, in the order in which looks were begun.
    package mutating func take(_ look: ProbeLook, at instant: Instant) {
        // A clock that was set back lives no second twice.
        let at = current.map { max($0.end, instant) } ?? instant
        if let before = current, at.since(before.end) > longestStep { breakOff() }
        current?.end = at
        guard look != .missed else { return breakOff() }
        let isUp = look != .failed
        if current?.isUp != isUp {
            close()
            let lead = isUp ? .zero : lastGood.map { at.since($0) } ?? .zero
            current = ProbeSpan(start: at, end: at, isUp: isUp, lead: lead)
        }
        if isUp { lastGood = at }
    }

    /// The times that are new or have grown since this was asked last.
    package mutating func changes() -> [ProbeSpan] {
        defer { changed = [] }
        return changed + (current.map { [$0] } ?? [])
    }

    private mutating func breakOff() {
        close()
        lastGood = nil
    }

    private mutating func close() {
        if let current { changed.append(current) }
        current = nil
    }
}

/// Brings looks that overlap into the order in which they were begun.
package struct ProbeQueue: Sendable {
    private var begun: [(at: Instant, look: ProbeLook?)] = []
    private var passed = 0

    package init() {}

    package mutating func begin(at instant: Instant) -> Int {
        begun.append((instant, nil))
        return passed + begun.count - 1
    }

    /// What this look has ended brings, the earliest first: itself, and those behind it that waited for it.
    package mutating func end(_ number: Int, _ look: ProbeLook) -> [(at: Instant, look: ProbeLook)] {
        begun[number - passed].look = look
        var ready: [(at: Instant, look: ProbeLook)] = []
        for entry in begun {
            guard let look = entry.look else { break }
            ready.append((entry.at, look))
        }
        begun.removeFirst(ready.count)
        passed += ready.count
        return ready
    }
}
