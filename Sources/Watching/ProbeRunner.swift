import ClusterModel
package import Playbooks
package import Ports
package import Reliability

/// Looks at workloads from outside, each at its own interval, and writes down what it finds.
///
/// A look does not wait for the one before, so that a slow answer takes nothing from the interval. What it vouches for
/// reaches to its last beat: one that dies leaves a gap and nothing else.
package actor ProbeRunner {
    /// One probe, with what it has found and not written yet.
    private struct Book {
        var settings: ProbeSettings
        var session: Int64?
        var queue = ProbeQueue()
        var fold: ProbeFold
        var looks: ProbeLooks
    }

    /// Percentiles are kept of so long a time each.
    package static let page = Duration.seconds(300)

    private let prober: any Prober
    private let log: any ProbeLog
    private let time: any Timepiece
    private let beat: Duration
    private var books: [Book]

    /// - Parameter probes: those that are not active are left out.
    package init(
        _ probes: [ProbeSettings],
        prober: some Prober,
        log: some ProbeLog,
        time: some Timepiece,
        beat: Duration = .seconds(5)
    ) {
        self.prober = prober
        self.log = log
        self.time = time
        self.beat = beat
        let now = time.now
        books = probes.filter(\.isActive).map {
            Book(settings: $0, fold: ProbeFold(every: $0.interval), looks: ProbeLooks(start: now))
        }
    }

    /// Looks until it is cancelled; ends with an error only where it cannot write.
    package func run() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for index in books.indices { group.addTask { try await self.keepLooking(index) } }
            group.addTask { try await self.keepBeating() }
            defer { group.cancelAll() }
            try await group.next()
        }
    }

    /// Writes what was found up to now, for a good end.
    package func finish() async throws { try await write() }

    private func keepLooking(_ index: Int) async throws {
        let probe = books[index].settings
        var due = time.now
        try await withThrowingDiscardingTaskGroup { group in
            while true {
                try await time.sleep(until: due)
                let now = time.now
                let number = books[index].queue.begin(at: now)
                group.addTask { try await self.look(index, number) }
                // A beat that was missed is not made up for.
                repeat { due = due + probe.interval } while due <= now
            }
        }
    }

    private func look(_ index: Int, _ number: Int) async throws {
        let probe = books[index].settings
        let begun = time.now
        var found = try await prober.look(probe)
        // Where our own clock ran out late, we stood still, and not the workload.
        let limit = probe.timeout + max(probe.interval, .seconds(1))
        if found == .failed, time.now.since(begun) > limit { found = .missed }
        for entry in books[index].queue.end(number, found) {
            books[index].fold.take(entry.look, at: entry.at)
            books[index].looks.count(entry.look)
        }
    }

    private func keepBeating() async throws {
        while true {
            try await time.sleep(until: time.now + beat)
            try await write()
        }
    }

    private func write() async throws {
        for index in books.indices {
            let now = time.now
            let probe = books[index].settings
            let session: Int64
            if let known = books[index].session {
                session = known
            } else {
                session = try await log.beginProbe(ProbeID(probe), at: books[index].looks.start)
                books[index].session = session
            }
            let spans = books[index].fold.changes()
            let looks = books[index].looks
            if now.since(looks.start) >= Self.page { books[index].looks = ProbeLooks(start: now) }
            try await log.extendProbe(session, with: spans, looks: looks, until: now)
        }
    }
}

extension ProbeID {
    package init(_ probe: ProbeSettings) {
        self.init(workload: probe.workload, name: probe.name, source: probe.source, interval: probe.interval)
    }
}
