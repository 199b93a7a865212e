import ClusterModel
package import Ports

/// A cluster's API, spoken to over HTTP.
package final class KubernetesClient: Sendable {
    let transport: APITransport
    let persistence: Persistence
    /// `policy/v1` or, before Kubernetes 1.21, `policy/v1beta1`.
    let policyVersion: String
    /// The kubeconfig's context.
    package let context: String
    let fence = Fence()

    var time: any Timepiece { persistence.time }

    /// Reaches the server and learns what it serves.
    ///
    /// - Parameter jitter: numbers from 0 to 1, by which pauses between tries differ.
    /// - Throws: `ControlError`, one line each.
    package static func connect(
        _ config: Kubeconfig,
        userAgent: String,
        time: any Timepiece,
        jitter: @escaping @Sendable () -> Double = { Double.random(in: 0...1) }
    ) async throws -> KubernetesClient {
        try await connect(by: config.routes(), userAgent: userAgent, time: time, jitter: jitter)
    }

    /// Reaches a server by the first way that leads to one, and learns what it serves. Where one does not answer any
    /// more, the next way is taken.
    ///
    /// - Parameters:
    ///   - jitter: numbers from 0 to 1, by which pauses between tries differ.
    ///   - passedOver: told why a way was left for another one.
    /// - Throws: `ControlError`, one line each.
    package static func connect(
        by routes: [any APIRoute],
        userAgent: String,
        time: any Timepiece,
        jitter: @escaping @Sendable () -> Double = { Double.random(in: 0...1) },
        passedOver: @escaping @Sendable (String) -> Void = { _ in }
    ) async throws -> KubernetesClient {
        let transport = APITransport(routes, userAgent: userAgent, time: time, passedOver: passedOver)
        do {
            // At the start a wrong address is likelier than a server that restarts.
            let brief = Persistence(time: time, jitter: jitter, limit: .seconds(10), waitsForServer: false)
            let requester = Requester(transport: transport, persistence: brief)
            _ = try await serverVersion(requester)
            return KubernetesClient(
                transport: transport,
                persistence: Persistence(time: time, jitter: jitter),
                policyVersion: try await policyVersion(requester),
                context: try await transport.link().config.context
            )
        } catch {
            await transport.shutdown()
            throw error
        }
    }

    private init(
        transport: APITransport,
        persistence: Persistence,
        policyVersion: String,
        context: String
    ) {
        self.transport = transport
        self.persistence = persistence
        self.policyVersion = policyVersion
        self.context = context
    }

    /// Closes all connections; the client is of no use afterwards.
    package func shutdown() async throws { await transport.shutdown() }

    /// For writes: as long as a control plane of one machine may take to come back.
    var longPersistence: Persistence {
        var persistence = persistence
        persistence.limit = .seconds(180)
        return persistence
    }

    var requester: Requester { Requester(transport: transport, persistence: persistence) }

    /// What answers now: while a control plane is upgraded, it changes.
    static func serverVersion(_ requester: Requester) async throws -> Version? {
        let text = try await requester.get("/version", to: "get /version") { try $0.map()["gitVersion"] }
        return text.flatMap { Version($0) }
    }

    private static func policyVersion(_ requester: Requester) async throws -> String {
        let served = try await requester.get("/apis/policy", to: "get /apis/policy") { cursor in
            var versions: [String] = []
            try cursor.object(at: "versions") { cursor in
                try cursor.array { versions.append(try $0.map()["groupVersion"] ?? "") }
            }
            return versions
        }
        for version in ["policy/v1", "policy/v1beta1"] where served.contains(version) { return version }
        let server = requester.transport.server
        throw ControlError.unexpected(
            "\(server): it serves no policy API that knows evictions: is it a Kubernetes API?"
        )
    }
}
