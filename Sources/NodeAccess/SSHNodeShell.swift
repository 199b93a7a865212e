package import NIOCore
import Playbooks
package import Ports
import SSH

/// Reaches the nodes over SSH; a node's connection lives on from step to step.
package actor SSHNodeShell: NodeShell {
    let options: Options
    let time: any Timepiece
    private let group: any EventLoopGroup
    private let gate: LoginGate
    var connections: [NodeTarget: SSHConnection] = [:]
    /// By the servers of the way.
    private var jumps: [[SSHEndpoint]: JumpPool] = [:]
    let files = LocalFiles()
    private var isClosed = false

    /// - Parameter time: measures the pauses between attempts and the wait for a reboot.
    package init(_ options: Options, time: any Timepiece, on group: any EventLoopGroup) {
        self.options = options
        self.time = time
        self.group = group
        gate = LoginGate(places: options.loginsAtOnce)
    }

    /// Connects, logs in, and runs a command that does nothing.
    ///
    /// - Throws: ``SSHError``; `.commandRefused` where the user's shell or a forced command lets nothing run.
    package func reach(_ node: NodeTarget) async throws {
        let result = try await reconnectingOnce(node) { connection in
            try await connection.execute("true", timeout: Self.shortLimit)
        }
        if !result.succeeded { throw SSHError.commandRefused(node.endpoint) }
    }

    /// Closes every connection, for good: what still runs on one fails, and no new one is made.
    package func close() async {
        isClosed = true
        let open = connections.values
        connections = [:]
        for connection in open { await connection.close() }
        let pools = jumps.values
        jumps = [:]
        for pool in pools { await pool.close() }
    }

    // MARK: Connections

    /// For commands that only look.
    static let shortLimit: Duration = .seconds(20)

    /// The node's connection, made where there is none that stands.
    func connection(to node: NodeTarget) async throws -> SSHConnection {
        if let present = connections[node], present.isOpen { return present }
        let fresh = try await gate.withPlace { try await dial(node) }
        if isClosed {
            await fresh.close()
            throw SSHError.connectionClosed(fresh.endpoint)
        }
        if let present = connections[node], present.isOpen {
            await fresh.close()
            return present
        }
        connections[node] = fresh
        return fresh
    }

    /// The node's connection, where one stands.
    func present(_ node: NodeTarget) -> SSHConnection? {
        connections[node].flatMap { $0.isOpen ? $0 : nil }
    }

    /// Closes and forgets the node's connection.
    package func drop(_ node: NodeTarget) async {
        await connections.removeValue(forKey: node)?.close()
    }

    /// Does something that can be done twice; a second time when the connection broke, as idle ones do.
    func reconnectingOnce<Value: Sendable>(
        _ node: NodeTarget,
        _ body: (SSHConnection) async throws -> Value
    ) async throws -> Value {
        do {
            return try await body(connection(to: node))
        } catch let error as SSHError where error.meansLostConnection {
            await drop(node)
            return try await body(connection(to: node))
        }
    }

    private func pool(_ way: [SSHEndpoint]) -> JumpPool {
        let pool = jumps[way] ?? JumpPool(way, options, on: group)
        jumps[way] = pool
        return pool
    }

    private func dial(_ node: NodeTarget) async throws -> SSHConnection {
        if isClosed { throw SSHError.connectionClosed(node.endpoint) }
        let way = options.way(to: node)
        return try await pool(way.jumps).withJump { [options, group] jump in
            try await SSHConnection.connect(
                to: node.endpoint,
                credentials: way.credentials,
                hostKeys: options.hostKeys,
                timeouts: options.timeouts,
                retry: options.retry,
                through: jump,
                on: group
            )
        }
    }
}

extension NodeTarget {
    var endpoint: SSHEndpoint { SSHEndpoint(host: ssh.host, port: ssh.port, user: ssh.user) }
}

extension SSHError {
    /// A connection stood and broke.
    var meansLostConnection: Bool {
        switch self {
        case .connectionLost, .connectionClosed: true
        default: false
        }
    }
}
