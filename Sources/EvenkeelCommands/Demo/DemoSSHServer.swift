import Foundation

/// A real sshd on loopback addresses that stands for the nodes, with keys of its own.
struct DemoSSHServer {
    let port: Int
    private let program: String
    private let folder: DemoFolder

    /// Makes keys, configuration and known_hosts; nothing runs yet.
    static func prepare(in folder: DemoFolder, addresses: [String]) async throws -> DemoSSHServer {
        guard
            let program = ["/usr/sbin/sshd", "/usr/local/sbin/sshd"].first(where: FileManager.default.isExecutableFile)
        else { throw CommandFailure("there is no sshd here: install the package openssh-server") }
        for key in ["host_key", "client_key"] {
            let arguments = ["-q", "-t", "ed25519", "-N", "", "-C", "demo", "-f", folder.path(key)]
            try await Subprogram.run("ssh-keygen", arguments)
        }
        if geteuid() == 0 {
            try FileManager.default.createDirectory(atPath: "/run/sshd", withIntermediateDirectories: true)
        }
        let port = try freePort()
        try folder.write(configuration(folder, addresses, port), to: "sshd_config")
        try folder.write(try knownHosts(folder, addresses, port), to: "known_hosts")
        return DemoSSHServer(port: port, program: program, folder: folder)
    }

    /// Serves until cancelled.
    func run() async throws {
        let arguments = ["-D", "-f", folder.path("sshd_config"), "-E", folder.path("sshd.log")]
        try await Subprogram.run(program, arguments)
    }

    private static func configuration(_ folder: DemoFolder, _ addresses: [String], _ port: Int) -> String {
        let listening = addresses.map { "ListenAddress \($0)" }.joined(separator: "\n")
        // An account without a password counts as locked unless PAM is asked, and only root may ask it.
        return """
            Port \(port)
            \(listening)
            HostKey \(folder.path("host_key"))
            AuthorizedKeysFile \(folder.path("client_key.pub"))
            PidFile none
            SetEnv HOME=\(folder.path("home"))
            StrictModes no
            UsePAM \(geteuid() == 0 ? "yes" : "no")
            PasswordAuthentication no
            KbdInteractiveAuthentication no
            PermitRootLogin prohibit-password
            MaxStartups 100

            """
    }

    private static func knownHosts(_ folder: DemoFolder, _ addresses: [String], _ port: Int) throws -> String {
        let key = try String(contentsOfFile: folder.path("host_key.pub"), encoding: .utf8)
        return addresses.map { "[\($0)]:\(port) \(key)" }.joined()
    }

    /// A port that is free at this moment on loopback.
    private static func freePort() throws -> Int {
        let socket = Foundation.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { Foundation.close(socket) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let status = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                bind(socket, generic, length) == 0 ? getsockname(socket, generic, &length) : -1
            }
        }
        guard status == 0 else { throw CommandFailure("no port is free on 127.0.0.1") }
        return Int(UInt16(bigEndian: address.sin_port))
    }
}
