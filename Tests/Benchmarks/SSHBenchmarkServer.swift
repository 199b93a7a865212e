// An sshd whose targets are addresses of the loopback.
import Foundation
import SSH

struct SSHBenchmarkServer {
    let site: SSHBenchmarkSite
    private let process: Process
    private let folder: URL

    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// As root logs in as root, else as the user who runs this.
    static func start() async throws -> SSHBenchmarkServer {
        let folder = FileManager.default.temporaryDirectory.appending(path: "benchmark-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder.appending(path: "home"), withIntermediateDirectories: true)
        if getuid() == 0 {
            try FileManager.default.createDirectory(atPath: "/run/sshd", withIntermediateDirectories: true)
        }
        for name in ["host", "user"] { try makeKey(folder.appending(path: name).path) }
        let port = 20_000 + Int.random(in: 0..<20_000)
        let path = folder.appending(path: "sshd_config").path
        try configuration(folder.path, port: port).write(toFile: path, atomically: true, encoding: .utf8)
        let process = Process()
        process.executableURL = URL(filePath: "/usr/sbin/sshd")
        process.arguments = ["-D", "-f", path, "-E", folder.appending(path: "log").path]
        try process.run()
        let key = try String(contentsOfFile: folder.appending(path: "host.pub").path, encoding: .utf8)
        let known = "[127.*]:\(port) \(key)"
        let knownFile = folder.appending(path: "known_hosts").path
        try known.write(toFile: knownFile, atomically: true, encoding: .utf8)
        let site = SSHBenchmarkSite(
            hosts: (0..<5_000).map { "127.0.\(1 + $0 / 250).\(1 + $0 % 250)" },
            port: port,
            user: NSUserName(),
            identity: folder.appending(path: "user").path,
            knownHosts: KnownHosts(text: known),
            knownHostsFile: knownFile,
            serverID: process.processIdentifier,
            folder: folder.path
        )
        try await Task.sleep(for: .seconds(1))
        guard process.isRunning else { throw Failure(description: "sshd ended at once; see \(folder.path)/log") }
        return SSHBenchmarkServer(site: site, process: process, folder: folder)
    }

    func stop() async {
        process.terminate()
        try? FileManager.default.removeItem(at: folder)
    }

    private static func makeKey(_ path: String) throws {
        let generator = Process()
        generator.executableURL = URL(filePath: "/usr/bin/ssh-keygen")
        generator.arguments = ["-q", "-t", "ed25519", "-N", "", "-C", "", "-f", path]
        try generator.run()
        generator.waitUntilExit()
    }

    /// Without PAM, sshd lets no account in whose password is locked; sessions get an empty HOME, so that nobody's
    /// start-up files are measured.
    private static func configuration(_ folder: String, port: Int) -> String {
        let shadow = (try? String(contentsOfFile: "/etc/shadow", encoding: .utf8)) ?? ""
        let needsPAM = shadow.split(separator: "\n").contains { $0.hasPrefix("\(NSUserName()):!") }
        return """
            Port \(port)
            ListenAddress 0.0.0.0
            HostKey \(folder)/host
            AuthorizedKeysFile \(folder)/user.pub
            AllowUsers \(NSUserName())@127.0.0.0/8
            PidFile none
            SetEnv HOME=\(folder)/home
            StrictModes no
            UseDNS no
            UsePAM \(needsPAM ? "yes" : "no")
            PermitRootLogin prohibit-password
            PasswordAuthentication no
            KbdInteractiveAuthentication no
            MaxStartups 4000:100:5000
            LoginGraceTime 600
            PrintMotd no
            PrintLastLog no
            LogLevel ERROR
            Subsystem sftp internal-sftp

            """
    }
}
