package import ClusterModel
import Foundation
import Ports

/// All lists, and the resource version that each watch goes on from.
struct Listing: Sendable {
    var collector = ObjectCollector()
    var versions: [WatchedKind: String] = [:]
    var serverVersion: Version?

    var cluster: Cluster { collector.cluster(serverVersion: serverVersion) }
}

extension KubernetesClient {
    package func snapshot() async throws -> Cluster {
        try await listEverything().cluster
    }

    /// Lists every kind, all at the same time: one page is read while others travel.
    func listEverything() async throws -> Listing {
        try await withThrowingTaskGroup(of: Listing.self) { group in
            for kind in WatchedKind.all(policyVersion: policyVersion) {
                group.addTask { try await self.list(kind) }
            }
            var all = Listing()
            all.serverVersion = try await Self.serverVersion(requester)
            for try await listing in group {
                all.collector.merge(listing.collector)
                all.versions.merge(listing.versions) { first, _ in first }
            }
            return all
        }
    }

    /// A list whose later pages the server has forgotten is begun anew: going on would mix two moments.
    private func list(_ kind: WatchedKind) async throws -> Listing {
        for _ in 0..<3 {
            if let listing = try await listOnce(kind) { return listing }
        }
        let server = transport.server
        throw ControlError.unreachable(
            "\(server): its list of \(kind.plural) was out of date before it was read, three times"
        )
    }

    private func listOnce(_ kind: WatchedKind) async throws -> Listing? {
        var listing = Listing()
        var token: String? = ""
        while let next = token {
            guard let page = try await page(of: kind, continuing: next) else { return nil }
            listing.collector.merge(page.collector)
            listing.versions[kind] = page.resourceVersion
            token = page.next
        }
        return listing
    }

    private struct Page {
        var collector = ObjectCollector()
        var resourceVersion = ""
        var next: String?
    }

    /// Nil where the token is too old.
    private func page(of kind: WatchedKind, continuing token: String) async throws -> Page? {
        let escaped = token.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
        let more = token.isEmpty ? "" : "&continue=\(escaped)"
        let request = APITransport.Request(path: "\(kind.path)?limit=500\(more)", purpose: "list \(kind.plural)")
        return try await persistence.run {
            let answer = try await self.transport.exchange(request)
            if answer.status == 410 { return nil }
            guard answer.isSuccess else { throw APIStatus(answer).setback(request, at: self.transport.server) }
            return try answer.read(for: request, at: self.transport.server) { cursor in
                var page = Page()
                try cursor.object { cursor, key in
                    switch key {
                    case "metadata":
                        let metadata = try cursor.map()
                        page.resourceVersion = metadata["resourceVersion"] ?? ""
                        page.next = metadata["continue"].flatMap { $0.isEmpty ? nil : $0 }
                    case "items": try cursor.array { try page.collector.read(kind.type, &$0) }
                    default: try cursor.skip()
                    }
                }
                return page
            }
        }
    }
}
