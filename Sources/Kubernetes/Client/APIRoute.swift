import Foundation
import Ports

/// A way to one of a cluster's API servers.
package protocol APIRoute: Sendable {
    /// The machine or the address that it leads through, for messages.
    var name: String { get }

    /// Opens the way; again where what it led to before is of no use any more.
    ///
    /// - Throws: `ControlError`: `.unreachable` where it may do better a little later.
    func open() async throws -> any APIDoor

    /// Closes for good what the way itself keeps open.
    func close() async
}

/// Where a way leads.
package protocol APIDoor: Sendable {
    /// The server, and who asks it.
    var config: Kubeconfig { get }
    /// Where the server is dialled instead of at its URL's host and port; its certificate is held to the URL all the same.
    var address: APIAddress? { get }
    /// What the server is called in messages.
    var name: String { get }

    /// Whether it can still be passed, which is looked at after a failure.
    func isOpen() async -> Bool
    /// Why the last connection got this far and no further; forgotten when told.
    func takeFailure() -> String?
    func close() async
}

package struct APIAddress: Hashable, Sendable {
    package var host: String
    package var port: Int

    package init(host: String, port: Int) {
        self.host = host
        self.port = port
    }
}

/// A server that is dialled from here.
struct DirectRoute: APIRoute, APIDoor {
    let config: Kubeconfig

    var name: String { Self.plain(config.server) }
    var address: APIAddress? { nil }

    func open() async throws -> any APIDoor { self }
    func isOpen() async -> Bool { true }
    func takeFailure() -> String? { nil }
    func close() async {}

    /// The URL that people know, without a slash at its end.
    private static func plain(_ server: String) -> String { server.hasSuffix("/") ? String(server.dropLast()) : server }
}

extension Kubeconfig {
    /// One way for each of the servers; for the kubeconfig's own where none is named.
    package func routes(to endpoints: [String] = []) -> [any APIRoute] {
        if endpoints.isEmpty { return [DirectRoute(config: self)] }
        return endpoints.map { endpoint in
            var config = self
            config.server = endpoint
            return DirectRoute(config: config)
        }
    }

    /// Where its URL says the server is; nil for no URL.
    package var address: APIAddress? {
        guard let url = URL(string: server), let host = url.host() else { return nil }
        return APIAddress(host: host, port: url.port ?? (url.scheme == "http" ? 80 : 443))
    }
}
