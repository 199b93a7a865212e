// From an address to a logged-in connection.
package import NIOCore

extension SSHConnection {
    /// Connects, checks the server's key, and logs in.
    ///
    /// A server that drops the connection before its banner is dialled again as `retry` says; nothing else is repeated.
    ///
    /// - Parameter jump: the connection through which the server is reached; nil for TCP from here. It may itself go
    ///   through another one. Closing it ends this connection, not the other way round.
    /// - Throws: ``SSHError``, or `CancellationError` when the task is cancelled. Nothing stays open then.
    package static func connect(
        to endpoint: SSHEndpoint,
        credentials: [SSHCredential],
        hostKeys: HostKeyPolicy,
        timeouts: SSHTimeouts = SSHTimeouts(),
        retry: SSHRetryPolicy = SSHRetryPolicy(),
        through jump: SSHConnection? = nil,
        on group: any EventLoopGroup
    ) async throws -> SSHConnection {
        let login = try Credentials(credentials)
        var attempt = 1
        while true {
            do {
                try Task.checkCancellation()
                return try await dial(
                    endpoint,
                    login: login,
                    hostKeys: hostKeys,
                    timeouts: timeouts,
                    through: jump,
                    on: group
                )
            } catch let error as SSHError where error.isRetryable && attempt < retry.attempts {
                try await retry.clock.sleep(for: retry.pause(afterAttempt: attempt))
                attempt += 1
            }
        }
    }

    private static func dial(
        _ endpoint: SSHEndpoint,
        login: Credentials,
        hostKeys: HostKeyPolicy,
        timeouts: SSHTimeouts,
        through jump: SSHConnection?,
        on group: any EventLoopGroup
    ) async throws -> SSHConnection {
        let listedTypes = hostKeys.knownHosts.keyTypes(host: endpoint.host, port: endpoint.port)
        let connection =
            if let jump {
                try await jump.dial(endpoint, timeouts: timeouts, listedTypes: listedTypes)
            } else {
                try await Dialer(endpoint: endpoint, timeouts: timeouts, listedTypes: listedTypes)
                    .connect(on: group.next())
            }
        do {
            let key = try await connection.handshake(limit: timeouts.handshake)
            try hostKeys.admit(key, of: endpoint)
            try await connection.logIn(with: login, limit: timeouts.authenticate)
            return connection
        } catch {
            await connection.close()
            throw error
        }
    }

    private func handshake(limit: Duration) async throws -> HostKey {
        try await perform { [endpoint] engine, promise in
            let operation = SetupOperation(promise) { session in
                session.handshake().map { .success($0) }
            } explain: { failure, _ in
                .handshakeFailed(endpoint, reason: failure.message)
            }
            engine.start(operation, limit: limit) { session in
                .timedOut(endpoint, session.hasBanner ? .keyExchange : .banner, after: limit)
            }
        } onCancel: { [endpoint] engine in
            engine.finish(.connectionClosed(endpoint), as: CancellationError())
        }
    }
}

extension Step {
    func map<Other>(_ transform: (Value) -> Other) -> Step<Other> {
        switch self {
        case .done(let value): .done(transform(value))
        case .later: .later
        case .failed(let failure): .failed(failure)
        }
    }
}
