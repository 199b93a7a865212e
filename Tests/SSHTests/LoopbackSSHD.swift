// A real sshd on a free loopback port, with keys and configuration of its own.
import Foundation
import NIOCore
import NIOPosix
import SSH
import Synchronization
import TestSupport

/// Starts one sshd for the time of a test; logs in as the user who runs the tests.
struct LoopbackSSHD: Sendable {
    struct Options: Sendable {
        var hostKeyTypes = ["ed25519"]
        var userKeyType = "ed25519"
        var userKeyPassphrase = ""
        /// Lines of sshd_config, before the fixture's own (the first value counts).
        var configuration: [String] = []
        /// The program of the SFTP subsystem; nil for none.
        var sftp: String? = "internal-sftp"
    }

    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    let folder: URL
    let port: Int
    private let process: Running

    /// The server's process, which may be another after a restart.
    private final class Running: Sendable {
        let current: Mutex<ChildProcess>
        init(_ process: ChildProcess) { current = Mutex(process) }
    }

    var endpoint: SSHEndpoint { SSHEndpoint(host: "127.0.0.1", port: port, user: NSUserName()) }
    var userKey: String { folder.appending(path: "user").path }

    func credential(passphrase: String? = nil) -> SSHCredential {
        .privateKeyFile(path: userKey, passphrase: passphrase)
    }

    /// The server's public key as a known_hosts field pair.
    func hostKeyText(_ type: String = "ed25519") throws -> String {
        let line = try String(contentsOf: folder.appending(path: "host_\(type).pub"), encoding: .utf8)
        return line.split(separator: " ").prefix(2).joined(separator: " ")
    }

    /// - Parameter other: a port that leads to this server by another way.
    func knownHosts(_ type: String = "ed25519", port other: Int? = nil) throws -> KnownHosts {
        KnownHosts(text: "[127.0.0.1]:\(other ?? port) \(try hostKeyText(type))")
    }

    /// A connection with everything as it should be; `other` leads to this server by another way.
    func connect(
        to other: SSHEndpoint? = nil,
        timeouts: SSHTimeouts = SSHTimeouts(),
        retry: SSHRetryPolicy = SSHRetryPolicy(),
        through jump: SSHConnection? = nil
    ) async throws -> SSHConnection {
        let hosts = [port, other?.port ?? port]
        let key = try hostKeyText()
        let lines = hosts.map { "[127.0.0.1]:\($0) \(key)" }
        return try await SSHConnection.connect(
            to: other ?? endpoint,
            credentials: [credential()],
            hostKeys: .strict(KnownHosts(text: lines.joined(separator: "\n"))),
            timeouts: timeouts,
            retry: retry,
            through: jump,
            on: MultiThreadedEventLoopGroup.singleton
        )
    }

    /// Runs `body` beside a server and stops it afterwards.
    static func run<Value>(
        _ options: Options = Options(),
        _ body: (LoopbackSSHD) async throws -> Value
    ) async throws -> Value {
        let server = try await LoopbackSSHD(options)
        do {
            let value = try await body(server)
            await server.stop()
            return value
        } catch {
            await server.stop()
            throw error
        }
    }

    /// Runs `body` with an open connection and closes it afterwards.
    static func connected<Value>(
        _ options: Options = Options(),
        _ body: (SSHConnection) async throws -> Value
    ) async throws -> Value {
        try await run(options) { server in
            let connection = try await server.connect()
            do {
                let value = try await body(connection)
                await connection.close()
                return value
            } catch {
                await connection.close()
                throw error
            }
        }
    }

    private init(_ options: Options) async throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "ssh-tests-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        port = try await Self.freePort()
        for type in options.hostKeyTypes {
            try await Self.generateKey(folder.appending(path: "host_\(type)"), type, "")
        }
        let userKey = folder.appending(path: "user")
        try await Self.generateKey(userKey, options.userKeyType, options.userKeyPassphrase)
        try FileManager.default.copyItem(
            at: folder.appending(path: "user.pub"),
            to: folder.appending(path: "authorized_keys")
        )
        let configuration = folder.appending(path: "sshd_config")
        try Self.configuration(options, folder: folder, port: port)
            .write(to: configuration, atomically: true, encoding: .utf8)
        if getuid() == 0 {
            try FileManager.default.createDirectory(atPath: "/run/sshd", withIntermediateDirectories: true)
        }
        process = Running(try Self.launch(folder))
        try await waitUntilListening()
    }

    private static func launch(_ folder: URL) throws -> ChildProcess {
        let files = ["sshd_config", "log"].map { folder.appending(path: $0).path }
        return try ChildProcess("/usr/sbin/sshd", ["-D", "-f", files[0], "-E", files[1]])
    }

    /// Kills the server and its sessions at once, as a power failure would.
    func kill() async throws {
        let current = process.current.withLock { $0 }
        for session in try ChildProcess.children(of: current.id) + [current.id] {
            _ = Foundation.kill(session, SIGKILL)
        }
        await current.end()
    }

    /// Starts the server again after ``kill()``; it may come back with another key.
    func start(newHostKey: Bool = false) async throws {
        if newHostKey {
            for name in ["host_ed25519", "host_ed25519.pub"] {
                try FileManager.default.removeItem(at: folder.appending(path: name))
            }
            try await Self.generateKey(folder.appending(path: "host_ed25519"), "ed25519", "")
        }
        let fresh = try Self.launch(folder)
        process.current.withLock { $0 = fresh }
        try await waitUntilListening()
    }

    private static func configuration(_ options: Options, folder: URL, port: Int) -> String {
        let fixed = [
            "Port \(port)", "ListenAddress 127.0.0.1", "PidFile none", "StrictModes no",
            "UsePAM \(needsPAM ? "yes" : "no")",
            "UseDNS no", "PasswordAuthentication no", "KbdInteractiveAuthentication no", "PermitRootLogin yes",
            "AuthorizedKeysFile \(folder.path)/authorized_keys", "SetEnv HOME=\(folder.path)", "PrintMotd no",
            "PrintLastLog no", "LogLevel VERBOSE",
        ]
        let hostKeys = options.hostKeyTypes.map { "HostKey \(folder.path)/host_\($0)" }
        let sftp = options.sftp.map { ["Subsystem sftp \($0)"] } ?? []
        // Of this keyword, the last line counts, not the first one.
        let isGiven = options.configuration.contains { $0.hasPrefix("MaxStartups") }
        let startups = isGiven ? [] : ["MaxStartups 200"]
        return (options.configuration + hostKeys + fixed + startups + sftp).joined(separator: "\n") + "\n"
    }

    /// Without PAM, sshd refuses accounts with a locked password even when they have a key.
    private static var needsPAM: Bool {
        guard getuid() == 0, let shadow = try? String(contentsOfFile: "/etc/shadow", encoding: .utf8) else {
            return false
        }
        return shadow.split(separator: "\n").contains { $0.hasPrefix("\(NSUserName()):!") }
    }

    private static func generateKey(_ file: URL, _ type: String, _ passphrase: String) async throws {
        let generator = try ChildProcess(
            "/usr/bin/ssh-keygen",
            ["-q", "-t", type, "-N", passphrase, "-C", "test", "-f", file.path]
        )
        guard await generator.end() == 0 else { throw Failure(description: "ssh-keygen failed for \(type)") }
    }

    static func freePort() async throws -> Int {
        let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .bind(host: "127.0.0.1", port: 0).get()
        let port = listener.localAddress?.port
        try await listener.close()
        guard let port else { throw Failure(description: "no free port") }
        return port
    }

    private func waitUntilListening() async throws {
        let dial = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
        for _ in 0..<500 {
            if let probe = try? await dial.connect(host: "127.0.0.1", port: port).get() {
                try await probe.close()
                return
            }
            guard process.current.withLock({ $0.isRunning }) else { break }
            try await Task.sleep(for: .milliseconds(10))
        }
        let log = (try? String(contentsOf: folder.appending(path: "log"), encoding: .utf8)) ?? ""
        await stop()
        throw Failure(description: "sshd does not listen: \(log)")
    }

    private func stop() async {
        let current = process.current.withLock { $0 }
        current.terminate()
        await current.end()
        try? FileManager.default.removeItem(at: folder)
    }
}
