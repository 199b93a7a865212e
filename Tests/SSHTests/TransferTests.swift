// Files to and from a server.
import Crypto
import Foundation
import NIOCore
import NIOPosix
import Synchronization
import TestSupport
import Testing

@testable import SSH

@Suite struct TransferTests {
    /// Blocks of random bytes that differ in a number at their beginning, so that no two parts of a file are alike.
    static func content(_ count: Int, seed: UInt64 = 1) -> Data {
        var generator = SplitMix(seed: seed)
        var block = (0..<1_024).map { _ in generator.next() }
        var data = Data(capacity: count + 8_192)
        while data.count < count {
            block[0] &+= 1
            block.withUnsafeBytes { data.append(contentsOf: $0) }
        }
        return data.prefix(count)
    }

    static func file(_ data: Data, in server: LoopbackSSHD, _ name: String = "local") async throws -> SSHLocalFile {
        let path = server.folder.appending(path: name)
        try data.write(to: path)
        return try await SSHLocalFile.open(path.path)
    }

    private func withServer(
        _ options: LoopbackSSHD.Options = .init(),
        _ body: (LoopbackSSHD, SSHConnection) async throws -> Void
    ) async throws {
        try await LoopbackSSHD.run(options) { server in
            let connection = try await server.connect()
            do { try await body(server, connection) } catch {
                await connection.close()
                throw error
            }
            await connection.close()
        }
    }

    private func left(in folder: URL) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
    }

    // MARK: Uploads

    @Test(arguments: [0, 1, 32_768, 228_871, 1_048_576, 9_000_001])
    func `a file of any size arrives whole`(size: Int) async throws {
        try await withServer { server, connection in
            let data = Self.content(size)
            let file = try await Self.file(data, in: server)
            #expect(file.size == UInt64(size))
            #expect(file.sha256 == SHA256.hash(data: data).map { String(format: "%02x", $0) }.joined())
            let target = server.folder.appending(path: "new/folders/remote")
            let outcome = try await connection.upload(file, to: target.path, permissions: 0o751)
            #expect(outcome == .uploaded(resumedAt: 0))
            #expect(try Data(contentsOf: target) == data)
            let mode = try FileManager.default.attributesOfItem(atPath: target.path)[.posixPermissions] as? Int
            #expect(mode == 0o751)
            #expect(try left(in: target.deletingLastPathComponent()) == ["remote"])
        }
    }

    @Test func `what is there already is not sent again, but gets its permissions`() async throws {
        try await withServer { server, connection in
            let file = try await Self.file(Self.content(100_000), in: server)
            let target = server.folder.appending(path: "remote").path
            _ = try await connection.upload(file, to: target, permissions: 0o600)
            #expect(try await connection.upload(file, to: target, permissions: 0o755) == .alreadyThere)
            #expect(try FileManager.default.attributesOfItem(atPath: target)[.posixPermissions] as? Int == 0o755)
        }
    }

    @Test func `another content of the same length takes the place of the old one`() async throws {
        try await withServer { server, connection in
            let target = server.folder.appending(path: "remote")
            try Self.content(50_000, seed: 2).write(to: target)
            let data = Self.content(50_000, seed: 3)
            let outcome = try await connection.upload(try await Self.file(data, in: server), to: target.path)
            #expect(outcome == .uploaded(resumedAt: 0))
            #expect(try Data(contentsOf: target) == data)
        }
    }

    private func partial(of file: SSHLocalFile, _ name: String, in server: LoopbackSSHD) -> URL {
        server.folder.appending(path: ".\(name).\(file.sha256.prefix(12)).part")
    }

    @Test func `a half-finished upload is gone on with`() async throws {
        try await withServer { server, connection in
            let data = Self.content(3_000_000)
            let file = try await Self.file(data, in: server)
            try data.prefix(1_234_567).write(to: partial(of: file, "remote", in: server))
            let seen = Mutex<[SSHTransferProgress]>([])
            let target = server.folder.appending(path: "remote")
            let outcome = try await connection.upload(
                file,
                to: target.path,
                options: .init(onProgress: { step in seen.withLock { $0.append(step) } })
            )
            #expect(outcome == .uploaded(resumedAt: 1_234_567))
            #expect(try Data(contentsOf: target) == data)
            let steps = seen.withLock { $0 }
            #expect(steps.first?.done == 1_234_567)
            #expect(steps.last == SSHTransferProgress(done: 3_000_000, total: 3_000_000))
            #expect(steps.map(\.done) == steps.map(\.done).sorted())
        }
    }

    @Test(arguments: [500_000, 3_000_000, 4_000_000])
    func `a beginning that is not this file's is thrown away`(count: Int) async throws {
        try await withServer { server, connection in
            let data = Self.content(3_000_000)
            let file = try await Self.file(data, in: server)
            try Self.content(count, seed: 9).write(to: partial(of: file, "remote", in: server))
            let target = server.folder.appending(path: "remote")
            #expect(try await connection.upload(file, to: target.path) == .uploaded(resumedAt: 0))
            #expect(try Data(contentsOf: target) == data)
        }
    }

    @Test(arguments: ["it's", "two  spaces", "new\nline", "$(touch never)", "ü-日本", "-n", "*", "back\\slash"])
    func `a path reaches the server byte for byte`(name: String) async throws {
        try await withServer { server, connection in
            let data = Self.content(1_000)
            let target = server.folder.appending(path: "odd").path + "/" + name
            _ = try await connection.upload(try await Self.file(data, in: server), to: target)
            #expect(FileManager.default.contents(atPath: target) == data)
            #expect(try left(in: server.folder.appending(path: "odd")) == [name])
        }
    }

    @Test func `a path without a slash lies in the login folder`() async throws {
        // The login folder of an SFTP session is the one of passwd(5), whatever HOME says.
        try await withServer { server, connection in
            let name = ".evenkeel-test-\(server.port)"
            let file = try await Self.file(Self.content(10), in: server)
            _ = try await connection.upload(file, to: name)
            let home = FileManager.default.homeDirectoryForCurrentUser.appending(path: name)
            #expect(try Data(contentsOf: home) == Self.content(10))
            try FileManager.default.removeItem(at: home)
        }
    }

    @Test func `a server without sha256sum is read back`() async throws {
        let options = LoopbackSSHD.Options(configuration: ["SetEnv PATH=/nowhere"])
        try await withServer(options) { server, connection in
            let data = Self.content(700_000)
            let target = server.folder.appending(path: "remote")
            _ = try await connection.upload(try await Self.file(data, in: server), to: target.path)
            #expect(try Data(contentsOf: target) == data)
        }
    }

    @Test func `a server without SFTP is named`() async throws {
        try await LoopbackSSHD.run(.init(sftp: nil)) { server in
            let connection = try await server.connect()
            let file = try await Self.file(Self.content(10), in: server)
            let error = await #expect(throws: SSHError.self) { try await connection.upload(file, to: "/tmp/never") }
            #expect(error == .subsystemRefused(server.endpoint, name: "sftp"))
            #expect(try await connection.execute("echo on").standardOutput.text == "on\n")
            await connection.close()
        }
    }

    @Test func `a folder in the way is no target`() async throws {
        try await withServer { server, connection in
            let file = try await Self.file(Self.content(10), in: server)
            let folder = server.folder.path
            await #expect(throws: SSHError.transferFailed(server.endpoint, path: folder, .notAFile)) {
                try await connection.upload(file, to: folder)
            }
        }
    }

    @Test func `a local file that is missing or a folder is named`() async throws {
        let missing = await #expect(throws: SSHError.self) { try await SSHLocalFile.open("/no/such/file") }
        #expect(missing == .fileUnreadable(path: "/no/such/file", reason: "No such file or directory"))
        let folder = await #expect(throws: SSHError.self) { try await SSHLocalFile.open("/tmp") }
        #expect(folder == .fileUnreadable(path: "/tmp", reason: "Is a directory"))
    }

    @Test func `a file that changes while it is sent is refused`() async throws {
        try await withServer { server, connection in
            let file = try await Self.file(Self.content(10_000), in: server)
            try Self.content(10_000, seed: 5).write(to: URL(filePath: file.path))
            let target = server.folder.appending(path: "remote").path
            let error = await #expect(throws: SSHError.self) { try await connection.upload(file, to: target) }
            guard case .transferFailed(_, target, .digestMismatch(file.sha256, _)) = error else {
                Issue.record("unexpected: \(String(describing: error))")
                return
            }
            #expect(!FileManager.default.fileExists(atPath: target))
        }
    }

    @Test func `a rate is kept to`() async throws {
        try await withServer { server, connection in
            let clock = RecordingClock()
            let file = try await Self.file(Self.content(1_000_000), in: server)
            let target = server.folder.appending(path: "remote").path
            _ = try await connection.upload(file, to: target, options: .init(bytesPerSecond: 100_000, clock: clock))
            let waited = clock.pauses.reduce(.zero, +)
            #expect(waited > .seconds(7) && waited < .seconds(10))
        }
    }

    @Test func `many files go up over one connection at once`() async throws {
        try await withServer { server, connection in
            let files = try await (0..<6).asyncMap { number in
                try await Self.file(Self.content(2_000_000, seed: UInt64(number)), in: server, "local\(number)")
            }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for (number, file) in files.enumerated() {
                    let target = server.folder.appending(path: "remote\(number)").path
                    group.addTask { _ = try await connection.upload(file, to: target) }
                }
                try await group.waitForAll()
            }
            for (number, file) in files.enumerated() {
                let sent = try await SSHLocalFile.open(server.folder.appending(path: "remote\(number)").path)
                #expect(sent.sha256 == file.sha256)
            }
        }
    }

    @Test func `a cancelled upload ends at once and leaves the connection usable`() async throws {
        try await withServer { server, connection in
            let file = try await Self.file(Self.content(20_000_000), in: server)
            let target = server.folder.appending(path: "remote").path
            let (started, starts) = AsyncStream.makeStream(of: Void.self)
            let uploading = Task {
                try await connection.upload(file, to: target, options: .init(onProgress: { _ in starts.yield() }))
            }
            for await _ in started { break }
            uploading.cancel()
            await #expect(throws: CancellationError.self) { try await uploading.value }
            #expect(!FileManager.default.fileExists(atPath: target))
            #expect(try await connection.execute("echo on").standardOutput.text == "on\n")
        }
    }

    @Test func `a connection that breaks in an upload is said, and the next one goes on from there`() async throws {
        try await LoopbackSSHD.run { server in
            let data = Self.content(40_000_000)
            let file = try await Self.file(data, in: server)
            let target = server.folder.appending(path: "remote")
            let first = try await server.connect()
            let (progress, steps) = AsyncStream.makeStream(of: SSHTransferProgress.self)
            let options = SSHTransferOptions(onProgress: { steps.yield($0) })
            let uploading = Task { try await first.upload(file, to: target.path, options: options) }
            for await step in progress where step.done > 5_000_000 { break }
            await first.close()
            await #expect(throws: SSHError.connectionClosed(server.endpoint)) { try await uploading.value }
            #expect(!FileManager.default.fileExists(atPath: target.path))
            let second = try await server.connect()
            let outcome = try await second.upload(file, to: target.path)
            guard case .uploaded(let resumedAt) = outcome else {
                Issue.record("unexpected: \(outcome)")
                return
            }
            #expect(resumedAt >= 5_000_000)
            #expect(try Data(contentsOf: target) == data)
            await second.close()
        }
    }

    // MARK: Downloads

    @Test(arguments: [0, 10, 5_000_001])
    func `a file comes down whole`(size: Int) async throws {
        try await withServer { server, connection in
            let data = Self.content(size)
            let source = server.folder.appending(path: "source")
            try data.write(to: source)
            let local = server.folder.appending(path: "copy")
            let file = try await connection.download(source.path, to: local.path)
            #expect(file.size == UInt64(size))
            #expect(try Data(contentsOf: local) == data)
            #expect(!FileManager.default.fileExists(atPath: local.path + ".part"))
        }
    }

    @Test func `a download of nothing leaves nothing`() async throws {
        try await withServer { server, connection in
            let local = server.folder.appending(path: "copy").path
            await #expect(throws: SSHError.transferFailed(server.endpoint, path: "/no/such", .noSuchFile)) {
                try await connection.download("/no/such", to: local)
            }
            #expect(!FileManager.default.fileExists(atPath: local + ".part"))
            let error = await #expect(throws: SSHError.self) {
                try await connection.download("/etc/passwd", to: "/no/such/folder/file")
            }
            #expect(
                error == .fileUnwritable(path: "/no/such/folder/file.part", reason: "No such file or directory")
            )
        }
    }
}

extension Sequence {
    func asyncMap<Value>(_ transform: (Element) async throws -> Value) async rethrows -> [Value] {
        var values: [Value] = []
        for element in self { values.append(try await transform(element)) }
        return values
    }
}
