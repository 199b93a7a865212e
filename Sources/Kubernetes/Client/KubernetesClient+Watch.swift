import ClusterModel
import NIOCore
package import Ports

/// Following the cluster: one list of everything, then a watch for each kind.
extension KubernetesClient {
    package func observe() -> AsyncThrowingStream<ClusterObservation, any Error> {
        AsyncThrowingStream { continuation in
            let task = Task {
                do {
                    try await self.follow { continuation.yield($0) }
                } catch {
                    continuation.finish(throwing: error)
                }
            }
            continuation.onTermination = { _ in task.cancel() }
        }
    }

    private func follow(_ tell: @escaping @Sendable (ClusterObservation) -> Void) async throws {
        var listing = try await listEverything()
        while true {
            tell(.snapshot(listing.cluster))
            let end = try await watchAll(listing) { tell(.change($0)) }
            listing = try await listAgain(after: end) { tell(.interrupted(reason: $0)) }
        }
    }

    /// Lists until the server answers, and tells once if it does not do so at the first try.
    ///
    /// A server that has just been restarted may refuse everybody for some seconds; a refusal that lasts ends it.
    private func listAgain(after end: WatchEnd, interrupted: (String) -> Void) async throws -> Listing {
        var isTold = false
        func tell(_ reason: String) {
            if !isTold { interrupted(reason) }
            isTold = true
        }
        if case .lost(let reason) = end { tell(reason) }
        var refusals = 0
        while true {
            do {
                return try await listEverything()
            } catch ControlError.unreachable(let reason) {
                refusals = 0
                tell(reason)
            } catch let error as ControlError {
                refusals += 1
                if refusals > 5 { throw error }
                tell("\(error)")
            }
            try await time.sleep(until: time.now + .seconds(2))
        }
    }

    /// Why a watch ended for good.
    private enum WatchEnd: Sendable {
        /// The server does not remember so far back.
        case expired
        /// The picture is old enough to be listed anew, should a watch have missed something.
        case due
        case lost(reason: String)
    }

    /// How long a picture is built on by watches alone.
    private static let refresh: Duration = .seconds(1800)

    /// Watches every kind until one of the watches has ended for good.
    private func watchAll(
        _ listing: Listing,
        _ tell: @escaping @Sendable (ClusterChange) -> Void
    ) async throws -> WatchEnd {
        let tracer = listing.tracer
        let due = time.now + Self.refresh * (0.8 + persistence.jitter() / 5)
        return try await withThrowingTaskGroup(of: WatchEnd.self) { group in
            for (kind, version) in listing.versions {
                group.addTask { try await self.watch(kind, from: version, until: due, tracer, tell) }
            }
            defer { group.cancelAll() }
            return try await group.next() ?? .lost(reason: "nothing is watched")
        }
    }

    /// Watches one kind; a stream that ends is resumed where it was.
    private func watch(
        _ kind: WatchedKind,
        from start: String,
        until due: Instant,
        _ tracer: Tracer,
        _ tell: @Sendable (ClusterChange) -> Void
    ) async throws -> WatchEnd {
        var version = start
        var failures = 0
        while time.now < due {
            let began = time.now
            do {
                let status = try await stream(kind, &version, opened: { failures = 0 }, tracer, tell)
                if status?.code == 410 { return .expired }
                if let status { throw status.setback(request(kind, version), at: transport.server) }
            } catch let setback as Setback {
                failures += 1
                guard setback.mayPass, failures < 2 else { return .lost(reason: "\(setback.error)") }
            } catch let error as JSONError {
                return .lost(reason: "\(transport.server): the watch of \(kind.plural) sent \(error)")
            }
            // Streams end every minute or so; one that ends at once must not be asked for without a pause.
            let pause = Duration.seconds(0.5 + persistence.jitter() / 2)
            if time.now.since(began) < pause { try await time.sleep(until: began + pause) }
        }
        return .due
    }

    /// - Returns: what the server ended the watch with; nil where the stream just ended.
    private func stream(
        _ kind: WatchedKind,
        _ version: inout String,
        opened: () -> Void,
        _ tracer: Tracer,
        _ tell: @Sendable (ClusterChange) -> Void
    ) async throws -> APIStatus? {
        var ended: APIStatus?
        var latest = version
        defer { version = latest }
        let refusal = try await transport.stream(request(kind, version), opened: opened) { line in
            switch try WatchEvent(line, of: kind, tracer) {
            case .changes(let changes, let resourceVersion):
                if !resourceVersion.isEmpty { latest = resourceVersion }
                for change in changes { tell(change) }
                return true
            case .ended(let status):
                ended = status
                return false
            }
        }
        return refusal.map { APIStatus($0) } ?? ended
    }

    /// A watch of about a minute: a connection that died without a word is noticed soon after.
    private func request(_ kind: WatchedKind, _ version: String) -> APITransport.Request {
        let seconds = Int64(50 + persistence.jitter() * 20)
        let query = "watch=1&allowWatchBookmarks=true&timeoutSeconds=\(seconds)&resourceVersion=\(version)"
        return APITransport.Request(
            path: "\(kind.path)?\(query)",
            purpose: "watch \(kind.plural)",
            timeout: .seconds(seconds + 15)
        )
    }
}
