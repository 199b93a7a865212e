import ClusterModel
package import Ports
import Reliability

/// What a watcher tells whoever started it.
package enum WatchNews: Hashable, Sendable {
    /// It looks, at so many things.
    case looking(workloads: Int, nodes: Int)
    /// It cannot look; it tries again.
    case blind(reason: String)
    /// The clock leapt, or the process stood still: that time is a gap.
    case leapt(Duration)
}

/// Follows a cluster between runs and writes down what changes of the health of its workloads, budgets and nodes.
///
/// What it vouches for reaches to its last beat; so a watcher that dies, or cannot see, leaves a gap and nothing else.
package actor Watcher {
    private let control: any ClusterControl
    private let log: any ObservationLog
    private let time: any Timepiece
    private let beat: Duration
    private let retention: Duration?
    private let tell: @Sendable (WatchNews) -> Void

    /// Before the API is asked again.
    private static let pause = Duration.seconds(2)

    private var record = WatchState()
    private var hasLooked = false

    /// - Parameters:
    ///   - beat: How often it writes; what it saw since is lost when it is killed.
    ///   - retention: How far back observations are kept; nil keeps all.
    package init(
        control: some ClusterControl,
        log: some ObservationLog,
        time: some Timepiece,
        beat: Duration = .seconds(5),
        retention: Duration? = nil,
        tell: @escaping @Sendable (WatchNews) -> Void = { _ in }
    ) {
        self.control = control
        self.log = log
        self.time = time
        self.beat = beat
        self.retention = retention
        self.tell = tell
    }

    /// Watches until it is cancelled.
    ///
    /// A server that does not answer is asked again and again; one that never let it look at all ends it with the error.
    package func run() async throws {
        record = WatchState(known: try await log.latest())
        while true {
            do {
                try await follow()
            } catch let error as ControlError {
                try await close()
                if !hasLooked { throw error }
                tell(.blind(reason: "\(error)"))
                try await time.sleep(until: time.now + Self.pause)
            }
        }
    }

    /// Writes what was seen up to now, for a good end.
    package func finish() async throws { try await close() }

    private func follow() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                for try await observation in self.control.observe() { try await self.take(observation) }
            }
            group.addTask { try await self.keepBeating() }
            defer { group.cancelAll() }
            try await group.next()
        }
    }

    private func keepBeating() async throws {
        while true {
            try await time.sleep(until: time.now + beat)
            try await write()
        }
    }

    private func take(_ observation: ClusterObservation) async throws {
        switch observation {
        case .snapshot(let cluster):
            record.look(at: cluster, now: time.now)
            hasLooked = true
            try await write()
            try await log.note(labels: cluster.labelsOfWorkloads)
            tell(.looking(workloads: record.workloads, nodes: record.nodes))
        case .change(let change): record.apply(change, now: time.now)
        case .interrupted(let reason):
            try await close()
            tell(.blind(reason: reason))
        }
    }

    /// Writes what changed, and vouches for the time up to now.
    private func write() async throws {
        guard record.isLooking else { return }
        let now = time.now
        if let leap = record.leap(to: now, beat: beat) { tell(.leapt(leap)) }
        let (changed, until) = record.take(now: now)
        if let span = record.span {
            try await log.extendSpan(span, with: changed, until: until)
        } else {
            record.span = try await log.beginSpan(changed, at: until)
        }
        if let retention, record.isTimeToForget(now) { try await log.forget(before: now + (.zero - retention)) }
    }

    private func close() async throws {
        try await write()
        record.goBlind()
    }
}
