package import Ports
package import SSH

/// Looking at things from where a node stands. The connection lives on from look to look.
extension SSHNodeShell {
    package func isConnected(to node: NodeTarget) -> Bool { connections[node]?.isOpen ?? false }

    /// Connects where no connection stands.
    package func connect(_ node: NodeTarget) async throws { _ = try await connection(to: node) }

    /// Runs a command that only looks.
    package func look(_ command: String, on node: NodeTarget, timeout: Duration) async throws -> SSHCommandResult {
        try await connection(to: node).execute(command, timeout: timeout, outputLimit: 4096)
    }

    /// Whether the node can connect to this address; throws as ``SSH/SSHConnection/knock(at:port:limit:)``.
    package func knock(at host: String, port: Int, from node: NodeTarget, limit: Duration) async throws {
        try await connection(to: node).knock(at: host, port: port, limit: limit)
    }

    /// A port of this machine's loopback whose connections the node carries on to an address.
    package func forward(to host: String, port: Int, from node: NodeTarget) async throws -> SSHForwarding {
        try await connection(to: node).forward(to: host, port: port)
    }

    /// Whether the node itself answers within this time; one that does not is connected to anew the next time.
    package func isThere(_ node: NodeTarget, within limit: Duration) async -> Bool {
        if let result = try? await look("true", on: node, timeout: limit), result.succeeded { return true }
        await drop(node)
        return false
    }
}
