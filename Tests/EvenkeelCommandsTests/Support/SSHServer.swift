import Foundation
import NIOCore
import NIOPosix
import Subprocess
import SystemPackage

/// A real sshd on loopback addresses, with keys of its own, that stands for the machines.
struct SSHServer: Sendable {
    struct Failure: Error {
        var reason: String
    }

    let port: Int
    /// The process that listens.
    let process: pid_t

    /// Runs `body` beside the server and ends it afterwards. Its keys and files lie in `scratch`.
    static func with(
        _ scratch: Scratch,
        addresses: [String],
        _ body: (SSHServer) async throws -> Void
    ) async throws {
        for key in ["host_key", "client_key", "stranger_key"] { try await makeKey(scratch.path(key)) }
        if geteuid() == 0 {
            try FileManager.default.createDirectory(atPath: "/run/sshd", withIntermediateDirectories: true)
        }
        let port = try await freePort()
        try scratch.write(configuration(scratch, addresses, port), to: "sshd_config")
        let hostKey = try scratch.text("host_key.pub")
        try scratch.write(addresses.map { "[\($0)]:\(port) \(hostKey)" }.joined(), to: "known_hosts")
        _ = try await Subprocess.run(
            .path("/usr/sbin/sshd"),
            arguments: ["-D", "-e", "-f", scratch.path("sshd_config")],
            input: .none,
            output: .discarded,
            error: .sequence
        ) { execution in
            let process = execution.processIdentifier.value
            defer { try? execution.send(signal: .terminate) }
            try await beside(execution.standardError, listeners: addresses.count) {
                try await body(SSHServer(port: port, process: process))
            }
        }
    }

    /// Waits until the server says that it listens everywhere, and reads on so that it never waits for a reader.
    private static func beside(
        _ log: SubprocessOutputSequence,
        listeners: Int,
        _ body: () async throws -> Void
    ) async throws {
        let (listening, signal) = AsyncStream<String>.makeStream()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                for try await line in log.strings() { signal.yield(line) }
                signal.finish()
            }
            defer { group.cancelAll() }
            var (count, said) = (0, "")
            for await line in listening {
                said += line + "\n"
                count += line.hasPrefix("Server listening") ? 1 : 0
                if count == listeners { break }
            }
            guard count == listeners else { throw Failure(reason: "sshd does not listen: \(said)") }
            try await body()
        }
    }

    private static func configuration(_ scratch: Scratch, _ addresses: [String], _ port: Int) -> String {
        let listening = addresses.map { "ListenAddress \($0)" }.joined(separator: "\n")
        // An account without a password counts as locked unless PAM is asked, and only root may ask it.
        return """
            Port \(port)
            \(listening)
            HostKey \(scratch.path("host_key"))
            AuthorizedKeysFile \(scratch.path("client_key.pub"))
            PidFile none
            SetEnv HOME=\(scratch.folder)
            StrictModes no
            UseDNS no
            UsePAM \(geteuid() == 0 ? "yes" : "no")
            PasswordAuthentication no
            KbdInteractiveAuthentication no
            PermitRootLogin prohibit-password
            MaxStartups 100
            Subsystem sftp internal-sftp

            """
    }

    private static func makeKey(_ path: String) async throws {
        let result = try await Subprocess.run(
            .name("ssh-keygen"),
            arguments: ["-q", "-t", "ed25519", "-N", "", "-C", "test", "-f", path],
            output: .discarded
        )
        guard result.terminationStatus.isSuccess else { throw Failure(reason: "ssh-keygen made no key") }
    }

    private static func freePort() async throws -> Int {
        let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .bind(host: "127.0.0.1", port: 0).get()
        let port = listener.localAddress?.port
        try await listener.close()
        guard let port else { throw Failure(reason: "no free port") }
        return port
    }
}
