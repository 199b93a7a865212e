// Putting a file on the server.
import DequeModule
import NIOCore
import NIOPosix

extension SSHConnection {
    /// Puts a file at a path on the server: all of it, or none.
    ///
    /// It goes to a partial file beside `target`, whose SHA-256 digest is compared before it takes the place of
    /// `target` in one step. What a broken upload has left there is built upon. A file that is there already with the
    /// same content is left alone but for its permissions. Folders that are missing are made.
    ///
    /// - Parameter target: an absolute path, or one from the login folder.
    /// - Throws: ``SSHError``, or `CancellationError`. A partial file may stay, except when the disk is full.
    package func upload(
        _ file: SSHLocalFile,
        to target: String,
        permissions: UInt32 = 0o644,
        options: SSHTransferOptions = SSHTransferOptions()
    ) async throws -> SSHUploadOutcome {
        let sftp = try await SFTP.open(on: self, stallLimit: options.stallLimit)
        defer { sftp.close() }
        let upload = Upload(
            connection: self,
            sftp: sftp,
            file: file,
            target: target,
            permissions: permissions,
            options: options
        )
        do { return try await upload.run() } catch let problem as SSHTransferProblem {
            throw SSHError.transferFailed(endpoint, path: target, problem)
        }
    }
}

/// One upload under way.
private struct Upload {
    let connection: SSHConnection
    let sftp: SFTP
    let file: SSHLocalFile
    let target: String
    let permissions: UInt32
    let options: SSHTransferOptions

    /// How much may be on its way unconfirmed.
    private static let inFlight = 1_048_576

    /// Beside the target, so that it can take its place; the digest in its name keeps contents apart.
    private var partial: String {
        let name = target.split(separator: "/").last.map(String.init) ?? target
        return "\(folder)/.\(name.prefix(200)).\(file.sha256.prefix(12)).part"
    }

    private var folder: String {
        guard let slash = target.lastIndex(of: "/") else { return "." }
        return slash == target.startIndex ? "" : String(target[..<slash])
    }

    func run() async throws -> SSHUploadOutcome {
        if try await isThere() { return .alreadyThere }
        let resumed = try await start()
        let found = try await push(from: resumed)
        if found == file.sha256 { return try await finish(.uploaded(resumedAt: resumed)) }
        if resumed > 0 {
            // What was left there was not the beginning of this file.
            try await explained { try await sftp.remove(partial) }
            let again = try await push(from: 0)
            if again == file.sha256 { return try await finish(.uploaded(resumedAt: 0)) }
        }
        try await explained { try await sftp.remove(partial) }
        throw SSHTransferProblem.digestMismatch(expected: file.sha256, found: found)
    }

    private func isThere() async throws -> Bool {
        guard let present = try await explained({ try await sftp.attributes(of: target) }) else { return false }
        guard present.isRegularFile else { throw SSHTransferProblem.notAFile }
        guard present.size == file.size else { return false }
        let digest = try await explained { try await connection.remoteSHA256(of: target, sftp, options.stallLimit) }
        guard digest == file.sha256 else { return false }
        if present.permissions != permissions {
            try await explained { try await sftp.setPermissions(permissions, of: target) }
        }
        return true
    }

    /// Makes sure of the folder and of the room.
    ///
    /// - Returns: how many bytes of the file are there already.
    private func start() async throws -> UInt64 {
        try await makeFolders()
        let present = try await explained { try await sftp.attributes(of: partial) }
        let left = present?.size ?? 0
        let resumed = left <= file.size ? left : 0
        if let space = try await space() {
            if space.isReadOnly { throw SSHTransferProblem.readOnly }
            let needed = file.size - resumed
            if space.freeBytes < needed { throw SSHTransferProblem.noSpace(needed: needed, free: space.freeBytes) }
        }
        return resumed
    }

    /// Of the file system that the target is on, or will be: that of the nearest folder there is.
    private func space() async throws -> RemoteSpace? {
        var path = folder.isEmpty ? "/" : folder
        while true {
            if let space = try await sftp.space(at: path) { return space }
            guard let slash = path.lastIndex(of: "/"), path != "/", sftp.extensions.tellsSpace else { return nil }
            path = slash == path.startIndex ? "/" : String(path[..<slash])
        }
    }

    private func makeFolders() async throws {
        guard !folder.isEmpty, folder != "." else { return }
        if try await explained({ try await sftp.attributes(of: folder) }) != nil { return }
        var path = folder.hasPrefix("/") ? "" : "."
        for part in folder.split(separator: "/") {
            path += "/\(part)"
            let present = try await explained { try await sftp.attributes(of: path) }
            if present == nil { try await explained { try await sftp.makeDirectory(path) } }
        }
    }

    /// Sends the file from an offset on, in order, so that a broken upload leaves a beginning without gaps.
    ///
    /// - Returns: the digest of what the server has then.
    private func push(from start: UInt64) async throws -> String {
        let flags: SFTPPacket.OpenFlags = start > 0 ? [.write, .create] : [.write, .create, .truncate]
        let handle = try await explained { try await sftp.open(partial, flags, permissions: 0o600) }
        let reader = try await LocalReader.open(file.path)
        let length = Self.chunkLength(limit: try await sftp.longestTransfer().write, handle: handle.readableBytes)
        var window = TransferWindow(sftp: sftp, limit: max(Self.inFlight / length, 2))
        var pace = TransferPace(options)
        var offset = start
        report(offset)
        do {
            while offset < file.size {
                let count = Int(min(UInt64(length), file.size - offset))
                try await pace.admit(count)
                let packet = try await self.packet(reader, handle, at: offset, count: count)
                let confirmed = try await window.add(packet.bytes, id: packet.id, count: count)
                offset += UInt64(count)
                if confirmed { report(offset - UInt64(window.unconfirmed)) }
            }
            try await window.drain()
            try await sftp.setPermissions(permissions, ofOpen: handle)
            try await sftp.synchronise(handle)
            try await sftp.close(handle)
        } catch let failure as SFTPFailure {
            let problem = await explain(failure, needed: file.size - start)
            // On a full disk, what was sent is a part of the trouble.
            if case .noSpace = problem { try? await sftp.remove(partial) }
            throw problem
        }
        report(file.size)
        return try await explained { try await connection.remoteSHA256(of: partial, sftp, options.stallLimit) }
    }

    /// Fills whole SSH packets of libssh2's size: a write is a header and its data.
    static func chunkLength(limit: Int, handle: Int) -> Int {
        let (header, packet) = (SFTPPacket.headerLength + 16 + handle, 32_700)
        let packets = (limit + header) / packet
        return packets > 0 ? packets * packet - header : limit
    }

    private func packet(
        _ reader: LocalReader,
        _ handle: ByteBuffer,
        at offset: UInt64,
        count: Int
    ) async throws -> (bytes: ByteBuffer, id: UInt32) {
        let id = sftp.nextID()
        let bytes = try await NIOThreadPool.singleton.runIfActive {
            var read: Result<Int, SSHError> = .success(0)
            let packet = SFTPPacket.frame(.write, id: id, capacity: count + 512) { packet in
                packet.writeSSHString(handle)
                packet.writeInteger(offset)
                packet.writeInteger(UInt32(count))
                do throws(SSHError) {
                    read = .success(try reader.append(to: &packet, count: count, at: offset))
                } catch { read = .failure(error) }
            }
            guard try read.get() == count else {
                throw SSHError.fileUnreadable(path: file.path, reason: "it has become shorter")
            }
            return packet
        }
        return (bytes, id)
    }

    private func finish(_ outcome: SSHUploadOutcome) async throws -> SSHUploadOutcome {
        try await explained { try await sftp.rename(partial, over: target) }
        return outcome
    }

    private func report(_ done: UInt64) {
        options.onProgress?(SSHTransferProgress(done: done, total: file.size))
    }

    private func explained<Value: Sendable>(_ body: () async throws -> Value) async throws -> Value {
        do { return try await body() } catch let failure as SFTPFailure {
            throw await explain(failure, needed: file.size)
        }
    }

    /// Servers call a full disk and a read-only one "Failure", so the file system itself is asked.
    private func explain(_ failure: SFTPFailure, needed: UInt64) async -> SSHTransferProblem {
        if failure.code == SFTPPacket.StatusCode.permissionDenied { return .permissionDenied }
        if failure.isNoSuchFile { return .noSuchFile }
        if let space = try? await space() {
            if space.isReadOnly { return .readOnly }
            if space.freeBytes < 65_536 { return .noSpace(needed: needed, free: space.freeBytes) }
        }
        return .server(failure.message.isEmpty ? "status \(failure.code)" : failure.message)
    }
}

/// Writes on their way: as many as allowed go out before the first one's answer is waited for.
private struct TransferWindow {
    let sftp: SFTP
    let limit: Int
    private(set) var unconfirmed = 0
    private var waiting: Deque<(reply: EventLoopFuture<SFTPReply>, count: Int)> = []

    init(sftp: SFTP, limit: Int) {
        self.sftp = sftp
        self.limit = limit
    }

    /// - Returns: whether an answer has come meanwhile.
    mutating func add(_ packet: ByteBuffer, id: UInt32, count: Int) async throws -> Bool {
        waiting.append((sftp.submit(packet, id: id), count))
        unconfirmed += count
        guard waiting.count >= limit else { return false }
        try await confirmFirst()
        return true
    }

    mutating func drain() async throws {
        while !waiting.isEmpty { try await confirmFirst() }
    }

    private mutating func confirmFirst() async throws {
        let first = waiting.removeFirst()
        try SFTP.expectSuccess(try await sftp.reply(first.reply))
        unconfirmed -= first.count
    }
}
