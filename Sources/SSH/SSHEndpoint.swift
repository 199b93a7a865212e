// Where an SSH server listens, and as whom to log in.

/// The address of one SSH server together with the login name used on it.
package struct SSHEndpoint: Sendable, Hashable, CustomStringConvertible {
    /// Host name or IP address, as the user wrote it; known hosts are looked up under this name.
    package let host: String
    /// TCP port, 22 unless the site says otherwise.
    package let port: Int
    /// Login name on the server.
    package let user: String

    package init(host: String, port: Int = 22, user: String) {
        self.host = host
        self.port = port
        self.user = user
    }

    /// `user@host`, with the port when it is not 22.
    package var description: String { port == 22 ? "\(user)@\(host)" : "\(user)@\(host):\(port)" }

    /// The name under which `known_hosts` files list this server: `host`, or `[host]:port` beside port 22.
    package var knownHostsName: String { KnownHosts.name(host: host, port: port) }
}
