package import NIOCore
import Playbooks
package import Ports
package import SSH

/// Reaches the nodes over SSH; a node's connection lives on from step to step.
package actor SSHNodeShell: NodeShell {
    package struct Options: Sendable {
        package var credentials: [SSHCredential]
        package var hostKeys: HostKeyPolicy
        package var timeouts: SSHTimeouts
        package var retry: SSHRetryPolicy
        /// Scripts of steps that want it run through sudo, unless the user is root.
        package var usesSudo: Bool
        /// Values that must not be shown or kept.
        package var secrets: [String]
        /// Tells a machine to reboot and returns before it does.
        package var rebootCommand: String
        package var bootIDFile: String

        package init(
            credentials: [SSHCredential],
            hostKeys: HostKeyPolicy,
            timeouts: SSHTimeouts = SSHTimeouts(),
            retry: SSHRetryPolicy = SSHRetryPolicy(),
            usesSudo: Bool = true,
            secrets: [String] = [],
            rebootCommand: String = "nohup sh -c 'sleep 1; systemctl reboot || reboot' >/dev/null 2>&1 &",
            bootIDFile: String = "/proc/sys/kernel/random/boot_id"
        ) {
            self.credentials = credentials
            self.hostKeys = hostKeys
            self.timeouts = timeouts
            self.retry = retry
            self.usesSudo = usesSudo
            self.secrets = secrets
            self.rebootCommand = rebootCommand
            self.bootIDFile = bootIDFile
        }
    }

    let options: Options
    let time: any Timepiece
    private let group: any EventLoopGroup
    private var connections: [NodeTarget: SSHConnection] = [:]

    package init(_ options: Options, time: any Timepiece, on group: any EventLoopGroup) {
        self.options = options
        self.time = time
        self.group = group
    }

    package func reach(_ node: NodeTarget) async throws {
        _ = try await connection(to: node).execute("true", timeout: .seconds(30))
    }

    package func close() async {
        for connection in connections.values { await connection.close() }
        connections = [:]
    }

    func connection(to node: NodeTarget) async throws -> SSHConnection {
        if let present = connections[node], present.isOpen { return present }
        let fresh = try await SSHConnection.connect(
            to: SSHEndpoint(host: node.ssh.host, port: node.ssh.port, user: node.ssh.user),
            credentials: options.credentials,
            hostKeys: options.hostKeys,
            timeouts: options.timeouts,
            retry: options.retry,
            on: group
        )
        connections[node] = fresh
        return fresh
    }

    func drop(_ node: NodeTarget) async {
        await connections.removeValue(forKey: node)?.close()
    }
}
