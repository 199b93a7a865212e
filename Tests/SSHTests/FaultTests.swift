// What goes wrong on the way: each fault ends in time, with one clear message.
import Foundation
import NIOCore
import NIOPosix
import Synchronization
import TestSupport
import Testing

@testable import SSH

/// A fault, made to happen from beginning to end.
enum Fault: CaseIterable {
    case refused, silent, droppedAtOnce, hugeBanner, endlessBanner, endlessLine
    case resetInGreeting, resetInKeyExchange, resetInLogin, resetInCommand, resetInUpload
    case stalledInLogin, stalledInCommand, stalledInUpload
    case endlessOutput, wrongHostKey, changedHostKey, killed, cancelledConnect, cancelledCommand, cancelledUpload
    case fullDisk, readOnlyDisk, droppedLogins

    static let timeouts = SSHTimeouts(
        connect: .seconds(2),
        handshake: .seconds(2),
        authenticate: .seconds(2)
    )
    static let noRetry = SSHRetryPolicy(attempts: 1)

    /// Makes it happen.
    ///
    /// - Returns: the error that the caller got.
    func happen() async throws -> (any Error)? {
        switch self {
        case .refused:
            return await Self.outcome(
                of: SSHEndpoint(host: "127.0.0.1", port: try await LoopbackSSHD.freePort(), user: "x")
            )
        case .silent: return try await scripted(.silent)
        case .droppedAtOnce: return try await scripted(.dropsAtOnce)
        case .hugeBanner: return try await scripted(.says(String(repeating: "welcome\r\n", count: 1_000_000)))
        case .endlessBanner: return try await scripted(.repeats("welcome\r\n"))
        case .endlessLine: return try await scripted(.repeats("SSH-2.0-welcome "))
        case .resetInGreeting: return try await proxied { $0.reset(after: 1) }
        // Both banners and the server's algorithms are fewer bytes; the client's own, sent after the banner, make it more.
        case .resetInKeyExchange: return try await proxied { $0.reset(after: 1_500) }
        case .resetInLogin: return try await inLogin { proxy, bytes in proxy.reset(after: bytes) }
        case .stalledInLogin: return try await inLogin { proxy, bytes in proxy.stall(after: bytes) }
        case .resetInCommand: return try await inCommand { $0.reset() }
        case .stalledInCommand: return try await inCommand(limit: .seconds(2)) { $0.stall() }
        case .resetInUpload: return try await inUpload { proxy, _ in proxy.reset() }
        case .stalledInUpload: return try await inUpload { proxy, _ in proxy.stall() }
        case .cancelledUpload: return try await inUpload { _, task in task.cancel() }
        case .endlessOutput: return try await endlessOutput()
        case .wrongHostKey: return try await LoopbackSSHD.run { await Self.outcome(of: $0.endpoint) }
        case .changedHostKey: return try await restarted(newHostKey: true)
        case .killed: return try await restarted(newHostKey: false)
        case .fullDisk: return try await upload(toDisk: "size=1m")
        case .readOnlyDisk: return try await upload(toDisk: "ro,size=1m")
        case .droppedLogins: return try await droppedLogins()
        case .cancelledConnect: return try await cancelledConnect()
        case .cancelledCommand:
            return try await inCommand { _ in
            } whenRunning: {
                $0.cancel()
            }
        }
    }

    private static func outcome(
        of endpoint: SSHEndpoint,
        _ hostKeys: HostKeyPolicy = .strict(KnownHosts(text: ""))
    ) async -> (any Error)? {
        do {
            try await SSHConnection.connect(
                to: endpoint,
                credentials: [],
                hostKeys: hostKeys,
                timeouts: timeouts,
                retry: noRetry,
                on: MultiThreadedEventLoopGroup.singleton
            ).close()
            return nil
        } catch { return error }
    }

    private func scripted(_ behaviour: ScriptedServer.Behaviour) async throws -> (any Error)? {
        try await ScriptedServer.run(behaviour) { server in await Self.outcome(of: server.endpoint) }
    }

    private func proxied(_ prepare: (StallingProxy) -> Void) async throws -> (any Error)? {
        try await LoopbackSSHD.run { server in
            try await StallingProxy.run(to: server.port) { proxy in
                prepare(proxy)
                let endpoint = SSHEndpoint(host: "127.0.0.1", port: proxy.port, user: "x")
                return await Self.outcome(of: endpoint)
            }
        }
    }

    private func withProxy(
        _ body: (LoopbackSSHD, StallingProxy, SSHEndpoint) async throws -> (any Error)?
    ) async throws -> (any Error)? {
        try await LoopbackSSHD.run { server in
            try await StallingProxy.run(to: server.port) { proxy in
                let user = server.endpoint.user
                return try await body(server, proxy, SSHEndpoint(host: "127.0.0.1", port: proxy.port, user: user))
            }
        }
    }

    /// A connection without keys takes as many bytes as one with them up to the question whether a key is welcome.
    private func inLogin(_ act: (StallingProxy, Int) -> Void) async throws -> (any Error)? {
        try await withProxy { server, proxy, endpoint in
            _ = await Self.outcome(of: endpoint, .strict(try server.knownHosts(port: proxy.port)))
            act(proxy, proxy.passed)
            do {
                try await server.connect(to: endpoint, timeouts: Self.timeouts, retry: Self.noRetry).close()
                return nil
            } catch { return error }
        }
    }

    private func inCommand(
        limit: Duration = .seconds(60),
        _ act: (StallingProxy) -> Void,
        whenRunning: (Task<SSHCommandResult, any Error>) -> Void = { _ in }
    ) async throws -> (any Error)? {
        try await withProxy { server, proxy, endpoint in
            let connection = try await server.connect(to: endpoint)
            let (started, starts) = AsyncStream.makeStream(of: Void.self)
            let running = Task {
                try await connection.execute("echo up; sleep 60", timeout: limit) { _ in starts.yield() }
            }
            for await _ in started { break }
            act(proxy)
            whenRunning(running)
            let outcome = await running.result
            await connection.close()
            if case .failure(let error) = outcome { return error }
            return nil
        }
    }

    private func inUpload(
        _ act: (StallingProxy, Task<SSHUploadOutcome, any Error>) -> Void
    ) async throws -> (any Error)? {
        try await withProxy { server, proxy, endpoint in
            let connection = try await server.connect(to: endpoint)
            let file = try await TransferTests.file(TransferTests.content(30_000_000), in: server)
            let (progress, steps) = AsyncStream.makeStream(of: SSHTransferProgress.self)
            let options = SSHTransferOptions(
                stallLimit: self == .stalledInUpload ? .seconds(2) : .seconds(60),
                onProgress: { steps.yield($0) }
            )
            let target = server.folder.appending(path: "remote").path
            let uploading = Task { try await connection.upload(file, to: target, options: options) }
            for await step in progress where step.done > 1_000_000 { break }
            act(proxy, uploading)
            let outcome = await uploading.result
            await connection.close()
            if case .failure(let error) = outcome { return error }
            return nil
        }
    }

    private func endlessOutput() async throws -> (any Error)? {
        try await LoopbackSSHD.connected { connection in
            do {
                _ = try await connection.execute("yes; yes >&2", timeout: .milliseconds(500), outputLimit: 1_000)
                return nil
            } catch {
                _ = try await connection.execute("true")
                return error
            }
        }
    }

    private func restarted(newHostKey: Bool) async throws -> (any Error)? {
        try await LoopbackSSHD.run { server in
            let known = try server.knownHosts()
            let first = try await server.connect()
            let running = Task { try await first.execute("sleep 60") }
            _ = try await first.execute("true")
            try await server.kill()
            let outcome = await running.result
            await first.close()
            guard case .failure(let lost) = outcome else { return nil }
            try await server.start(newHostKey: newHostKey)
            do {
                let second = try await SSHConnection.connect(
                    to: server.endpoint,
                    credentials: [server.credential()],
                    hostKeys: .strict(known),
                    on: MultiThreadedEventLoopGroup.singleton
                )
                _ = try await second.execute("true")
                await second.close()
                return lost
            } catch { return error }
        }
    }

    private func cancelledConnect() async throws -> (any Error)? {
        try await ScriptedServer.run(.silent) { server in
            let endpoint = server.endpoint
            let dialling = Task { await Self.outcome(of: endpoint) }
            _ = await server.nextConnection()
            dialling.cancel()
            return await dialling.value
        }
    }
}

@Suite(.serialized) struct FaultTests {
    /// Whether the error is the one that the fault should lead to.
    private func fits(_ fault: Fault, _ error: (any Error)?) -> Bool {
        switch (fault, error) {
        case (.cancelledConnect, is CancellationError), (.cancelledCommand, is CancellationError),
            (.cancelledUpload, is CancellationError):
            return true
        default: break
        }
        return switch (fault, error as? SSHError) {
        case (.refused, .connectionRefused), (.silent, .timedOut(_, .banner, _)), (.droppedAtOnce, .noBanner),
            (.hugeBanner, .handshakeFailed), (.endlessBanner, .handshakeFailed),
            (.endlessBanner, .timedOut(_, .banner, _)), (.resetInGreeting, .noBanner),
            (.endlessLine, .handshakeFailed), (.endlessLine, .timedOut(_, .banner, _)),
            (.resetInKeyExchange, .connectionLost),
            (.resetInKeyExchange, .handshakeFailed), (.resetInLogin, .connectionLost),
            (.stalledInLogin, .timedOut(_, .authentication, _)), (.resetInCommand, .connectionLost),
            (.resetInUpload, .connectionLost), (.stalledInCommand, .commandTimedOut),
            (.stalledInUpload, .transferStalled), (.endlessOutput, .commandTimedOut),
            (.wrongHostKey, .hostKeyUnknown), (.changedHostKey, .hostKeyMismatch), (.killed, .connectionLost),
            (.fullDisk, .transferFailed(_, _, .noSpace)), (.readOnlyDisk, .transferFailed(_, _, .readOnly)),
            (.droppedLogins, .noBanner):
            true
        default: false
        }
    }

    @Test(arguments: Fault.possible)
    func `a fault ends with its own message, on one line`(fault: Fault) async throws {
        let error = try await fault.happen()
        #expect(fits(fault, error), "\(fault): \(String(describing: error))")
        if let error = error as? SSHError {
            #expect(!error.description.contains("\n"))
            #expect(error.description.contains(";") && error.description.utf8.count < 400, "\(error)")
        }
    }

    @Test func `after every fault, no session and no descriptor is left`() async {
        // In a process of its own, as other tests open connections of theirs.
        await #expect(processExitsWith: .success) {
            // What the first connection sets up for good does not count.
            try await LoopbackSSHD.connected { _ = try await $0.execute("true") }
            var before = try Descriptors.open()
            for fault in Fault.possible {
                _ = try await fault.happen()
                if let left = try await Descriptors.left(since: before) {
                    fatalError("\(fault) leaves \(left)")
                }
                before = try Descriptors.open()
            }
        }
    }

    // MARK: The target's disk

    private func withDisk(
        _ options: String,
        _ body: (LoopbackSSHD, SSHConnection, URL) async throws -> Void
    ) async throws {
        try await LoopbackSSHD.run { server in try await mounted(options, server, body) }
    }

    private func mounted(
        _ options: String,
        _ server: LoopbackSSHD,
        _ body: (LoopbackSSHD, SSHConnection, URL) async throws -> Void
    ) async throws {
        let disk = server.folder.appending(path: "disk")
        try FileManager.default.createDirectory(at: disk, withIntermediateDirectories: true)
        let mounting = try ChildProcess("/bin/mount", ["-t", "tmpfs", "-o", options, "tmpfs", disk.path])
        // Only root may mount; elsewhere there is nothing to test.
        guard await mounting.end() == 0 else { return }
        let connection = try await server.connect()
        let outcome = await Result { try await body(server, connection, disk) }
        await connection.close()
        await (try ChildProcess("/bin/umount", ["-l", disk.path])).end()
        try outcome.get()
    }

    @Test func `a disk without room is told before anything is sent`() async throws {
        try await withDisk("size=1m") { server, connection, disk in
            let file = try await TransferTests.file(TransferTests.content(3_000_000), in: server)
            let target = disk.appending(path: "file").path
            let error = await #expect(throws: SSHError.self) { try await connection.upload(file, to: target) }
            guard case .transferFailed(_, target, .noSpace(3_000_000, let free)) = error else {
                Issue.record("unexpected: \(String(describing: error))")
                return
            }
            #expect(free <= 1_048_576)
            #expect(try FileManager.default.contentsOfDirectory(atPath: disk.path).isEmpty)
        }
    }

    @Test func `a disk that fills up half-way is told, and what was sent makes room again`() async throws {
        try await withDisk("size=8m") { server, connection, disk in
            let file = try await TransferTests.file(TransferTests.content(6_000_000), in: server)
            let target = disk.appending(path: "file").path
            let hog = disk.appending(path: "hog")
            let options = SSHTransferOptions(onProgress: { progress in
                guard progress.done < 4_000_000, !FileManager.default.fileExists(atPath: hog.path) else { return }
                try? Data(count: 4_000_000).write(to: hog)
            })
            let error = await #expect(throws: SSHError.self) {
                try await connection.upload(file, to: target, options: options)
            }
            guard case .transferFailed(_, target, .noSpace) = error else {
                Issue.record("unexpected: \(String(describing: error))")
                return
            }
            #expect(try FileManager.default.contentsOfDirectory(atPath: disk.path) == ["hog"])
            try FileManager.default.removeItem(at: hog)
            _ = try await connection.upload(file, to: target)
        }
    }

    @Test func `a read-only target is told`() async throws {
        try await withDisk("ro,size=1m") { server, connection, disk in
            let file = try await TransferTests.file(TransferTests.content(1_000), in: server)
            for name in ["file", "folder/file"] {
                let target = disk.appending(path: name).path
                await #expect(throws: SSHError.transferFailed(server.endpoint, path: target, .readOnly)) {
                    try await connection.upload(file, to: target)
                }
            }
        }
    }

    @Test func `a server that does not tell its space is quoted`() async throws {
        try await LoopbackSSHD.run(.init(sftp: "internal-sftp -P statvfs,fstatvfs")) { server in
            try await mounted("size=1m", server) { server, connection, disk in
                let file = try await TransferTests.file(TransferTests.content(3_000_000), in: server)
                let target = disk.appending(path: "file").path
                await #expect(throws: SSHError.transferFailed(server.endpoint, path: target, .server("Failure"))) {
                    try await connection.upload(file, to: target)
                }
            }
        }
    }
}

/// What this process has open.
enum Descriptors {
    /// Each descriptor with what it is; sockets, files and pipes.
    static func open() throws -> [String: String] {
        var found: [String: String] = [:]
        for name in try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd") {
            // The one that lists the folder is gone by now.
            guard let target = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\(name)")
            else { continue }
            // Timers are the concurrency runtime's, which makes each when it first needs it, and keeps it.
            if !target.hasPrefix("/proc/"), target != "anon_inode:[timerfd]" { found[name] = target }
        }
        return found
    }

    /// Waits for what was closed to be gone.
    ///
    /// - Returns: what is left, or nil.
    static func left(since before: [String: String]) async throws -> String? {
        var left: [String] = []
        for _ in 0..<300 {
            left = try open().filter { before[$0.key] == nil }.map { "\($0.key): \($0.value)" }.sorted()
            let sessions = Session.live.load(ordering: .relaxed)
            if left.isEmpty, sessions == 0 { return nil }
            if sessions > 0 { left.append("\(sessions) sessions") }
            try await Task.sleep(for: .milliseconds(10))
        }
        return left.joined(separator: ", ")
    }
}

extension Result where Failure == any Error {
    init(_ body: () async throws -> Success) async {
        do { self = .success(try await body()) } catch { self = .failure(error) }
    }
}
