// Getting a file from the server, and the digest of one that stays there.
import Crypto
import DequeModule
import NIOCore
import NIOPosix
import Synchronization

extension SSHConnection {
    /// Gets a file from the server: all of it, or none.
    ///
    /// - Returns: the file as it is here then.
    /// - Throws: ``SSHError``, or `CancellationError`; nothing is left here then.
    package func download(
        _ source: String,
        to path: String,
        permissions: UInt32 = 0o600,
        options: SSHTransferOptions = SSHTransferOptions()
    ) async throws -> SSHLocalFile {
        let sftp = try await SFTP.open(on: self, stallLimit: options.stallLimit)
        defer { sftp.close() }
        let partial = path + ".part"
        let writer = try await LocalWriter.create(partial, permissions: permissions)
        do {
            try await sftp.read(source, options) { bytes in try await writer.append(bytes) }
            try await writer.finish(as: path)
            return try await SSHLocalFile.open(path)
        } catch {
            writer.discard()
            if let failure = error as? SFTPFailure {
                throw SSHError.transferFailed(endpoint, path: source, failure.problem)
            }
            throw error
        }
    }

    /// The SHA-256 digest of a file on the server: by its own `sha256sum`, or by reading all of it.
    func remoteSHA256(of path: String, _ sftp: SFTP, _ stallLimit: Duration) async throws -> String {
        let quoted = path.split(separator: "'", omittingEmptySubsequences: false).joined(separator: #"'\''"#)
        let script = "LC_ALL=C; export LC_ALL; exec sha256sum < '\(path.hasPrefix("/") ? "" : "./")\(quoted)'\n"
        let result = try await execute("sh -s", standardInput: script, timeout: .seconds(3_600), outputLimit: 4_096)
        let digest = String(result.standardOutput.text.prefix(64))
        if result.succeeded, digest.count == 64, digest.allSatisfy(\.isHexDigit) { return digest.lowercased() }
        let hash = SharedHash()
        try await sftp.read(path, SSHTransferOptions(stallLimit: stallLimit)) { bytes in hash.update(bytes) }
        return hash.finish()
    }
}

/// A digest that grows over asynchronous calls.
private final class SharedHash: Sendable {
    private let hash = Mutex(SHA256())
    func update(_ bytes: ByteBuffer) { hash.withLock { $0.update(bufferPointer: bytes) } }
    func finish() -> String { hash.withLock { SSHLocalFile.hexadecimal($0.finalize()) } }
}

extension SFTPFailure {
    fileprivate var problem: SSHTransferProblem {
        switch code {
        case SFTPPacket.StatusCode.noSuchFile: .noSuchFile
        case SFTPPacket.StatusCode.permissionDenied: .permissionDenied
        case SFTPPacket.StatusCode.endOfFile: .server("the file became shorter while it was read")
        default: .server(message.isEmpty ? "status \(code)" : message)
        }
    }
}

extension SFTP {
    /// Hands over a file's content in order, with several requests on their way.
    func read(
        _ path: String,
        _ options: SSHTransferOptions,
        _ take: (ByteBuffer) async throws -> Void
    ) async throws {
        let handle = try await open(path, .read)
        let size = try await self.size(ofOpen: handle) ?? 0
        let length = try await longestTransfer().read
        let limit = max(1_048_576 / length, 2)
        var waiting: Deque<EventLoopFuture<SFTPReply>> = []
        var (asked, taken): (UInt64, UInt64) = (0, 0)
        var pace = TransferPace(options)
        while true {
            while waiting.count < limit, asked < size {
                try await pace.admit(length)
                waiting.append(requestRead(handle, at: asked, count: length))
                asked += UInt64(length)
            }
            guard let next = waiting.popFirst() else { break }
            let answer = try await reply(next)
            guard case .data(let bytes) = answer else { throw Self.failure(answer) }
            let expected = min(UInt64(length), size - taken)
            guard UInt64(bytes.readableBytes) == expected else {
                throw SFTPFailure(code: 4, message: "less data came than was asked for")
            }
            try await take(bytes)
            taken += expected
            options.onProgress?(SSHTransferProgress(done: taken, total: size))
        }
        try await close(handle)
    }

    private func requestRead(_ handle: ByteBuffer, at offset: UInt64, count: Int) -> EventLoopFuture<SFTPReply> {
        let id = nextID()
        let packet = SFTPPacket.frame(.read, id: id) { packet in
            packet.writeSSHString(handle)
            packet.writeInteger(offset)
            packet.writeInteger(UInt32(count))
        }
        return submit(packet, id: id)
    }
}

/// A file that is being written on this side.
private final class LocalWriter: Sendable {
    private let path: String
    private let descriptor: CInt

    static func create(_ path: String, permissions: UInt32) async throws -> LocalWriter {
        try await NIOThreadPool.singleton.runIfActive { try LocalWriter(path, permissions) }
    }

    private init(_ path: String, _ permissions: UInt32) throws(SSHError) {
        do { descriptor = try Platform.createFile(path, mode: permissions) } catch {
            throw .fileUnwritable(path: path, reason: error.reason)
        }
        self.path = path
    }

    deinit { Platform.closeFile(descriptor) }

    func append(_ bytes: ByteBuffer) async throws {
        try await onPool { descriptor throws(PlatformError) in
            try bytes.withUnsafeReadableBytes { bytes throws(PlatformError) in
                try Platform.writeAll(bytes, to: descriptor)
            }
        }
    }

    func finish(as target: String) async throws {
        try await onPool { [path] descriptor throws(PlatformError) in
            try Platform.synchronise(descriptor)
            try Platform.renameFile(path, to: target)
        }
    }

    func discard() { Platform.removeFile(path) }

    private func onPool(_ body: @escaping @Sendable (CInt) throws(PlatformError) -> Void) async throws {
        try await NIOThreadPool.singleton.runIfActive { [path, descriptor] in
            do throws(PlatformError) { try body(descriptor) } catch {
                throw SSHError.fileUnwritable(path: path, reason: error.reason)
            }
        }
    }
}
