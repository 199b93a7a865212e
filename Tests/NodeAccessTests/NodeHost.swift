// A machine to run steps on: an sshd on the loopback with keys and files of its own.
import ClusterModel
import Foundation
import NIOCore
import NIOPosix
import Playbooks
import Ports
import Rollout
import SSH
import TestSupport

@testable import NodeAccess

struct NodeHost: Sendable {
    struct Failure: Error {
        var reason: String
    }

    let folder: URL
    let port: Int
    private let server: ChildProcess

    /// Runs `body` beside a host of its own; `lines` go into its sshd_config before the rest.
    static func run(_ lines: [String] = [], _ body: (NodeHost) async throws -> Void) async throws {
        let host = try await NodeHost(lines)
        defer { host.remove() }
        try await host.waitUntilListening()
        try await body(host)
    }

    /// Beside a host whose scripts find the programs of its folder `bin` first.
    static func runWithPath(_ lines: [String] = [], _ body: (NodeHost) async throws -> Void) async throws {
        let bin = FileManager.default.temporaryDirectory.appending(path: "node-bin-\(UUID().uuidString)/bin")
        try FileManager.default.createDirectory(at: bin, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: bin.deletingLastPathComponent()) }
        // The first SetEnv line counts; the host's own sets HOME.
        let path = "/usr/sbin:/usr/bin:/sbin:/bin"
        let host = try await NodeHost(lines, folder: bin.deletingLastPathComponent(), path: "\(bin.path):\(path)")
        defer { host.remove() }
        try await host.waitUntilListening()
        try await body(host)
    }

    /// Beside a host that sees a copy of this system, of which nothing remains.
    static func runOverlaid(_ lines: [String] = [], _ body: (NodeHost) async throws -> Void) async throws {
        let host = try await NodeHost(lines, isOverlaid: true)
        defer { host.remove() }
        try await host.waitUntilListening()
        try await body(host)
    }

    /// In a mount namespace of its own: what is written goes to memory, but for the folder for temporary files.
    private static let overlay = """
        set -e
        mkdir -p "$1/system"
        mount -t tmpfs tmpfs "$1/system"
        cd "$1/system"
        mkdir up work root
        mount -t overlay overlay -o "lowerdir=/,upperdir=$PWD/up,workdir=$PWD/work" "$PWD/root"
        for folder in proc dev sys; do mount --rbind "/$folder" "root/$folder"; done
        mount --rbind "$2" "root$2"
        shift 2
        exec chroot "$PWD/root" "$@"
        """

    private init(
        _ lines: [String],
        folder given: URL? = nil,
        path: String? = nil,
        isOverlaid: Bool = false
    ) async throws {
        folder = given ?? FileManager.default.temporaryDirectory.appending(path: "node-access-\(UUID().uuidString)")
        port = try await Self.freePort()
        let base = folder
        let inside = { (name: String) in base.appending(path: name).path }
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try await Self.makeKey(inside("host"))
        try await Self.makeKey(inside("user"))
        try await Self.makeKey(inside("stranger"))
        try await Self.makeKey(inside("locked"), passphrase: "open sesame")
        if getuid() == 0 {
            try FileManager.default.createDirectory(atPath: "/run/sshd", withIntermediateDirectories: true)
        }
        let own = """
            Port \(port)
            ListenAddress 127.0.0.1
            HostKey \(inside("host"))
            AuthorizedKeysFile \(inside("user.pub"))
            PidFile none
            SetEnv HOME=\(folder.path)\(path.map { " PATH=\($0)" } ?? "")
            StrictModes no
            UseDNS no
            UsePAM \(Self.needsPAM ? "yes" : "no")
            PermitRootLogin yes
            PasswordAuthentication no
            KbdInteractiveAuthentication no
            MaxStartups 200
            """
        try (lines + [own, ""]).joined(separator: "\n")
            .write(toFile: inside("sshd_config"), atomically: true, encoding: .utf8)
        let sshd = ["/usr/sbin/sshd", "-D", "-f", inside("sshd_config"), "-E", inside("log")]
        let temporary = FileManager.default.temporaryDirectory.path
        let overlaid = ["/usr/bin/unshare", "--mount", "sh", "-c", Self.overlay, "sh", folder.path, temporary] + sshd
        let words = isOverlaid ? overlaid : sshd
        server = try ChildProcess(words[0], Array(words.dropFirst()))
    }

    /// Without PAM, sshd lets no account in whose password is locked.
    private static var needsPAM: Bool {
        guard let shadow = try? String(contentsOfFile: "/etc/shadow", encoding: .utf8) else { return false }
        return shadow.split(separator: "\n").contains { $0.hasPrefix("\(NSUserName()):!") }
    }

    static func freePort() async throws -> Int {
        let bootstrap = ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
        let listener = try await bootstrap.bind(host: "127.0.0.1", port: 0).get()
        let port = listener.localAddress?.port
        try await listener.close()
        guard let port else { throw Failure(reason: "no free port") }
        return port
    }

    private static func makeKey(_ path: String, passphrase: String = "") async throws {
        let generator = try ChildProcess(
            "/usr/bin/ssh-keygen",
            ["-q", "-t", "ed25519", "-N", passphrase, "-C", "", "-f", path]
        )
        let status = await generator.end()
        if status != 0 { throw Failure(reason: "ssh-keygen made no key") }
    }

    /// A server that is not there yet refuses connections, and no event tells when it is.
    private func waitUntilListening() async throws {
        let dial = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
        for _ in 0..<500 {
            guard server.isRunning else { break }
            if let probe = try? await dial.connect(host: "127.0.0.1", port: port).get() {
                return try await probe.close()
            }
            try await Task.sleep(for: .milliseconds(10))
        }
        throw Failure(reason: "sshd does not listen: \((try? read("log")) ?? "")")
    }

    private func remove() {
        server.terminate()
        try? FileManager.default.removeItem(at: folder)
    }

    // MARK: What tests use

    var target: NodeTarget {
        NodeTarget(node: "node-1", ssh: NodeSSH(host: "127.0.0.1", port: port, user: NSUserName()))
    }

    var knownHosts: HostKeyPolicy {
        get throws {
            let key = try read("host.pub").split(separator: " ").prefix(2).joined(separator: " ")
            return .strict(KnownHosts(text: "[127.0.0.1]:\(port) \(key)"))
        }
    }

    func path(_ name: String) -> String { folder.appending(path: name).path }

    func read(_ name: String) throws -> String { try String(contentsOfFile: path(name), encoding: .utf8) }

    func exists(_ name: String) -> Bool { FileManager.default.fileExists(atPath: path(name)) }

    func write(_ text: String, to name: String) throws {
        try text.write(toFile: path(name), atomically: true, encoding: .utf8)
    }

    /// Puts a program into the folder that scripts look in first.
    func install(_ script: String, as name: String) throws {
        try FileManager.default.createDirectory(atPath: path("bin"), withIntermediateDirectories: true)
        try write(script, to: "bin/\(name)")
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path("bin/\(name)"))
    }

    /// The processes of sshd that serve this host's connections.
    func sessions() throws -> [Int32] {
        try ChildProcess.children(of: server.id)
    }

    /// Kills the connections, again and again, each time that a file appears.
    func killSessions(whenever file: String) async throws {
        while true {
            try await Task.sleep(for: .milliseconds(2))
            guard FileManager.default.fileExists(atPath: file) else { continue }
            try FileManager.default.removeItem(atPath: file)
            for id in try sessions() { kill(id, SIGKILL) }
        }
    }

    /// Waits for sshd to notice that its connections are closed.
    func hasNoSessions() async throws -> Bool {
        for _ in 0..<300 {
            if try sessions().isEmpty { return true }
            try await Task.sleep(for: .milliseconds(10))
        }
        return false
    }

    /// Gives the host another key, as a new installation would, and cuts its connections.
    func changeKey() async throws {
        for name in ["host", "host.pub"] {
            let other = name.replacing("host", with: "stranger")
            try write(try read(other), to: name)
            try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path(name))
        }
        // See sshd(8): it starts itself anew.
        kill(server.id, SIGHUP)
        for id in try sessions() { kill(id, SIGKILL) }
        try await waitUntilListening()
    }

    /// A shell's options for this host, whose boot id is the file `boot`.
    func options(secrets: [String] = [], reboot: String = "false") throws -> SSHNodeShell.Options {
        try SSHNodeShell.Options(
            credentials: [.privateKeyFile(path: path("user"), passphrase: nil)],
            hostKeys: knownHosts,
            retry: SSHRetryPolicy(attempts: 1),
            secrets: secrets,
            rebootCommand: reboot,
            bootIDFile: path("boot")
        )
    }
}
