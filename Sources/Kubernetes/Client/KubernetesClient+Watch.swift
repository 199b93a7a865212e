import ClusterModel
import Foundation
import NIOCore
import NIOHTTP1
package import Ports

/// Following the cluster: one list of everything, then a watch for each kind.
extension KubernetesClient {
    package func observe() -> AsyncThrowingStream<ClusterObservation, any Error> {
        AsyncThrowingStream { continuation in
            let task = Task {
                do {
                    while true {
                        let (collector, versions) = try await self.listAgain()
                        continuation.yield(.snapshot(collector.cluster(serverVersion: self.serverVersion)))
                        let tracer = Tracer(collector)
                        let reason = try await self.watchAll(versions, tracer) { continuation.yield(.change($0)) }
                        continuation.yield(.interrupted(reason: reason))
                    }
                } catch {
                    continuation.finish(throwing: error)
                }
            }
            continuation.onTermination = { _ in task.cancel() }
        }
    }

    /// Lists until the server answers; only a refusal ends it.
    private func listAgain() async throws -> (collector: ObjectCollector, versions: [WatchedKind: String]) {
        while true {
            do {
                return try await listEverything()
            } catch let error as ControlError {
                guard case .unreachable = error else { throw error }
                try await time.sleep(until: time.now + .seconds(2))
            }
        }
    }

    /// Watches every kind until one of the watches is lost.
    ///
    /// - Returns: why.
    private func watchAll(
        _ versions: [WatchedKind: String],
        _ tracer: Tracer,
        _ tell: @escaping @Sendable (ClusterChange) -> Void
    ) async throws -> String {
        try await withThrowingTaskGroup(of: String.self) { group in
            for (kind, version) in versions {
                group.addTask { try await self.watch(kind, from: version, tracer, tell) }
            }
            defer { group.cancelAll() }
            return try await group.next() ?? "nothing is watched"
        }
    }

    private func watch(
        _ kind: WatchedKind,
        from start: String,
        _ tracer: Tracer,
        _ tell: @escaping @Sendable (ClusterChange) -> Void
    ) async throws -> String {
        var version = start
        var failures = 0
        while true {
            let path = "\(kind.path)?watch=1&allowWatchBookmarks=true&timeoutSeconds=300&resourceVersion=\(version)"
            do {
                let answer = try await transport.send(.GET, path, timeout: .seconds(330))
                guard answer.status == 200 else {
                    let status = APIStatus(answer.status, answer.headers, try await answer.bytes())
                    if status.code == 410 { return "the watch of \(kind.kind)s is too old" }
                    throw status.error(doing: "watch \(kind.kind)s", at: transport.server)
                }
                var isTooOld = false
                try await answer.body.eachLine { line in
                    guard let event = try WatchEvent(line, of: kind, tracer) else {
                        isTooOld = true
                        return false
                    }
                    if !event.resourceVersion.isEmpty { version = event.resourceVersion }
                    if let change = event.change { tell(change) }
                    return true
                }
                if isTooOld { return "the watch of \(kind.kind)s is too old" }
                failures = 0
            } catch is CancellationError {
                throw CancellationError()
            } catch let error as ControlError {
                if case .refused = error { throw error }
                failures += 1
                if failures > 2 { return "\(error)" }
            } catch let error as JSONError {
                return "\(kind.kind)s: \(error)"
            } catch {
                failures += 1
                if failures > 2 { return "\(error)" }
            }
            if failures > 0 { try await time.sleep(until: time.now + .seconds(1)) }
        }
    }
}

/// One line of a watch.
private struct WatchEvent {
    var change: ClusterChange?
    var resourceVersion = ""

    /// Nil where the server says that the history is gone.
    init?(_ line: [UInt8], of kind: WatchedKind, _ tracer: Tracer) throws {
        var type = ""
        var object = JSONCursor(UnsafeBufferPointer(start: nil, count: 0))
        var parsed: (change: ClusterChange?, version: String) = (nil, "")
        try line.withUnsafeBufferPointer { buffer in
            var cursor = JSONCursor(buffer)
            try cursor.object { cursor, key in
                switch key {
                case "type": type = try cursor.scalar() ?? ""
                case "object":
                    object = cursor
                    try cursor.skip()
                default: try cursor.skip()
                }
            }
            if type == "ERROR" { return }
            var head = ObjectHead()
            var ahead = object
            try ahead.object(at: "metadata") { try head.read(&$0) }
            parsed.version = head.resourceVersion
            if type == "BOOKMARK" { return }
            parsed.change = try tracer.change(of: kind, gone: type == "DELETED", &object)
        }
        if type == "ERROR" { return nil }
        change = parsed.change
        resourceVersion = parsed.version
    }
}
