import ClusterModel
package import Logging

/// Serves a practice cluster on loopback and lets its time run, `speed` simulated seconds for each real one.
///
/// ``run()`` serves until its task is cancelled; ``address`` waits until the port is bound.
package actor PracticeServer {
    /// Where the server listens.
    package struct Address: Sendable, Hashable, CustomStringConvertible {
        package let host: String
        package let port: Int
        /// As a base URL.
        package var description: String { "http://\(host):\(port)" }
    }

    private var cluster: PracticeCluster
    private let start: Instant
    private let speed: Double
    private let clock: any Clock<Duration>
    private var elapsed: (@Sendable () -> Duration)?
    private let alarm = Alarm()
    private var watches: [Int: (subscription: WatchSubscription, alarm: Alarm)] = [:]
    private var watchCounter = 0
    private var announcedRevision = 0
    private let bound = Announcement<Address>()
    private let transport: PracticeTransport

    /// - Parameters:
    ///   - port: 0 takes any free one.
    ///   - token: where set, every request must carry it as a bearer token.
    package init(
        cluster: PracticeCluster,
        port: Int = 0,
        speed: Double = 1,
        token: String? = nil,
        clock: any Clock<Duration> = ContinuousClock(),
        logger: Logger? = nil
    ) {
        self.cluster = cluster
        self.cluster.options.timeScale = speed
        self.cluster.options.bearerToken = token
        start = cluster.now
        self.speed = max(speed, 0.001)
        self.clock = clock
        transport = PracticeTransport(port: port, logger: logger)
    }

    /// - Throws: ``PracticeServerError`` where the server stopped before it listened.
    package var address: Address {
        get async throws { try await bound.value() }
    }

    /// Serves, and drives the cluster's time, until the task is cancelled.
    package func run() async throws {
        elapsed = Self.stopwatch(clock)
        defer { bound.fail(PracticeServerError.stopped) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { [transport, bound] in try await transport.run(self) { bound.announce($0) } }
            group.addTask { await self.drive() }
            try await group.next()
            group.cancelAll()
        }
    }

    private static func stopwatch(_ clock: some Clock<Duration>) -> @Sendable () -> Duration {
        let start = clock.now
        return { start.duration(to: clock.now) }
    }

    /// A kubeconfig for the server. kubectl sends no token over plain HTTP: give it a server without one.
    package func kubeconfig() async throws -> String {
        let token = cluster.options.bearerToken.map { "{token: \($0)}" } ?? "{}"
        return """
            apiVersion: v1
            kind: Config
            clusters:
            - name: practice
              cluster: {server: "\(try await address)"}
            users:
            - name: practice
              user: \(token)
            contexts:
            - name: practice
              context: {cluster: practice, user: practice}
            current-context: practice

            """
    }

    /// Reads or changes the cluster at its present time: faults, reboots, more objects.
    package func withCluster<Result: Sendable>(_ body: @Sendable (inout PracticeCluster) -> Result) -> Result {
        cluster.advance(to: now)
        defer { announce() }
        return body(&cluster)
    }

    private var now: Instant { elapsed.map { start + $0() * speed } ?? start }
}

// MARK: - Requests and watches

extension PracticeServer {
    func answer(_ request: PracticeRequest) -> PracticeResponse {
        defer { announce() }
        return cluster.handle(request, now: now)
    }

    func open(_ subscription: WatchSubscription) -> Int {
        watchCounter += 1
        watches[watchCounter] = (subscription, Alarm())
        alarm.ring()
        return watchCounter
    }

    func close(_ watch: Int) { watches[watch] = nil }

    /// What the watch has to say; waits until there is something. Returns an end where the task is cancelled.
    func next(_ watch: Int) async -> WatchPoll {
        while !Task.isCancelled, let open = watches[watch] {
            var subscription = open.subscription
            cluster.advance(to: now)
            let poll = cluster.poll(&subscription)
            if subscription.nextDue != open.subscription.nextDue { alarm.ring() }
            watches[watch]?.subscription = subscription
            if poll.isEnded || !poll.bytes.isEmpty { return poll }
            await open.alarm.wait()
        }
        return WatchPoll(isEnded: true)
    }

    /// Wakes the watches when there was a write, and the driver for what happens next.
    private func announce() {
        alarm.ring()
        guard announcedRevision != cluster.resourceVersion else { return }
        announcedRevision = cluster.resourceVersion
        for watch in watches.values { watch.alarm.ring() }
    }
}

// MARK: - Time

extension PracticeServer {
    private func drive() async {
        while !Task.isCancelled {
            cluster.advance(to: now)
            announce()
            for watch in watches.values where watch.subscription.nextDue.map({ $0 <= now }) ?? false {
                watch.alarm.ring()
            }
            alarm.silence()
            await rest()
        }
    }

    /// Waits until the next event or the next thing that a watch is due, or until something changes before.
    private func rest() async {
        let current = now
        // A watch that is overdue has been rung: its next due time comes with a ring of its own.
        let watchesDue = watches.values.compactMap(\.subscription.nextDue).filter { $0 > current }
        let due = watchesDue + [cluster.nextEventTime].compactMap { $0 }
        let wait = due.min().map { max(.milliseconds(1), $0.since(current) / speed) } ?? .seconds(3600)
        await withTaskGroup(of: Void.self) { group in
            group.addTask { [clock, alarm] in
                guard (try? await clock.sleep(for: wait)) != nil else { return }
                alarm.ring()
            }
            await alarm.wait()
            group.cancelAll()
        }
    }
}

/// Why there is no practice server.
package enum PracticeServerError: Error, Equatable, CustomStringConvertible {
    case stopped
    case portTaken(Int)

    package var description: String {
        switch self {
        case .stopped: "the practice cluster has stopped before it listened: start it again"
        case .portTaken(let port):
            "the practice cluster cannot listen on port \(port) of 127.0.0.1: choose another port, or 0 for any"
        }
    }
}
