package import ClusterModel
import Foundation
import Ports

/// The picture that all lists give, and how each watch goes on from it.
struct Listing: Sendable {
    var cluster: Cluster
    var tracer: Tracer
    /// Resource versions of the kinds that can be watched.
    var versions: [WatchedKind: String]
}

/// One list, read to its end.
private struct ListedKind: Sendable {
    var collector = ObjectCollector()
    /// Nil where the kind cannot be listed.
    var version: String?
}

extension KubernetesClient {
    package func snapshot() async throws -> Cluster {
        try await listEverything().cluster
    }

    /// Lists every kind, all at the same time: one page is read while others travel.
    func listEverything() async throws -> Listing {
        try await withThrowingTaskGroup(of: (WatchedKind, ListedKind).self) { group in
            for kind in WatchedKind.all(policyVersion: policyVersion) {
                group.addTask { (kind, try await self.list(kind)) }
            }
            let serverVersion = try await Self.serverVersion(requester)
            var all = ObjectCollector()
            var versions: [WatchedKind: String] = [:]
            for try await (kind, listed) in group {
                all.merge(listed.collector)
                versions[kind] = listed.version
            }
            let tracer = Tracer(all, fence: fence)
            return Listing(cluster: all.cluster(serverVersion: serverVersion), tracer: tracer, versions: versions)
        }
    }

    /// A list whose later pages the server has forgotten is begun anew: going on would mix two moments.
    private func list(_ kind: WatchedKind) async throws -> ListedKind {
        for _ in 0..<3 {
            if let listing = try await listOnce(kind) { return listing }
        }
        let server = transport.server
        throw ControlError.unreachable(
            "\(server): its list of \(kind.plural) was out of date before it was read, three times"
        )
    }

    /// Nil where a later page was too old.
    private func listOnce(_ kind: WatchedKind) async throws -> ListedKind? {
        var listed = ListedKind()
        var token: String? = ""
        while let next = token {
            switch try await page(of: kind, continuing: next) {
            case .expired: return nil
            case .leftOut(let note):
                var nothing = ListedKind()
                nothing.collector.notes.insert(note)
                return nothing
            case .page(let collector, let version, let next):
                listed.collector.merge(collector)
                listed.version = version
                token = next
            }
        }
        listed.collector.kinds.insert(kind.type.kind)
        return listed
    }

    private enum Page {
        case page(ObjectCollector, version: String, next: String?)
        case expired
        case leftOut(SourceNote)
    }

    private func page(of kind: WatchedKind, continuing token: String) async throws -> Page {
        let escaped = token.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
        let more = token.isEmpty ? "" : "&continue=\(escaped)"
        var request = APITransport.Request(path: "\(kind.path)?limit=500\(more)", purpose: "list \(kind.plural)")
        request.takesGzip = true
        return try await persistence.run {
            // If it fails for whatever reason, compression is the first thing to do without.
            defer { request.takesGzip = false }
            let answer = try await self.transport.exchange(request)
            switch answer.status {
            case 410: return .expired
            case 403 where kind.isOptional: return .leftOut(.notPermitted(kind: kind.plural))
            case 404 where kind.isOptional: return .leftOut(.notServed(kind: kind.plural))
            default: break
            }
            guard answer.isSuccess else { throw APIStatus(answer).setback(request, at: self.transport.server) }
            return try answer.read(for: request, at: self.transport.server) { try Self.page(of: kind.type, &$0) }
        }
    }

    private static func page(of type: ObjectType, _ cursor: inout JSONCursor) throws -> Page {
        var collector = ObjectCollector()
        let shared = SharedParts()
        var metadata: [String: String] = [:]
        try cursor.object { cursor, key in
            switch key {
            case "metadata": metadata = try cursor.map()
            case "items": try cursor.array { try collector.read(type, &$0, shared) }
            default: try cursor.skip()
            }
        }
        let next = metadata["continue"].flatMap { $0.isEmpty ? nil : $0 }
        return .page(collector, version: metadata["resourceVersion"] ?? "", next: next)
    }
}
