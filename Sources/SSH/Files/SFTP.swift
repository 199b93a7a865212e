// SFTP as the transfers see it: a request, a reply.
import NIOCore
import Synchronization

/// One SFTP conversation of a connection. Requests may overlap; the server answers them in order.
final class SFTP: Sendable {
    let extensions: SFTPExtensions
    private let channel: NIOLoopBound<SFTPChannel>
    private let loop: any EventLoop
    private let lastID = Atomic<UInt32>(0)

    private init(_ channel: NIOLoopBound<SFTPChannel>, _ extensions: SFTPExtensions, loop: any EventLoop) {
        self.channel = channel
        self.extensions = extensions
        self.loop = loop
    }

    /// - Parameter stallLimit: how long the server may leave a request without an answer.
    static func open(on connection: SSHConnection, stallLimit: Duration) async throws -> SFTP {
        let (loop, endpoint, id) = (connection.loop, connection.endpoint, connection.nextID())
        let made = loop.makePromise(of: NIOLoopBound<SFTPChannel>.self)
        let extensions = try await connection.perform { engine, opening in
            let channel = SFTPChannel(endpoint: endpoint, stallLimit: stallLimit, loop: loop, opening: opening)
            let stream = ByteStream(id: id, to: .subsystem("sftp"), on: engine, consumer: channel)
            channel.stream = stream
            made.succeed(NIOLoopBound(channel, eventLoop: loop))
            engine.start(
                stream,
                limit: stallLimit,
                timeout: SSHError.transferStalled(endpoint, after: stallLimit)
            )
        } onCancel: { engine in
            engine.stop(id, CancellationError())
        }
        return SFTP(try await made.futureResult.get(), extensions, loop: loop)
    }

    /// Ends the conversation; what waits for a reply fails.
    func close() { abandon(CancellationError()) }

    private func abandon(_ error: any Error) {
        let channel = channel
        loop.execute { channel.value.close(error) }
    }

    func nextID() -> UInt32 { lastID.add(1, ordering: .relaxed).newValue }

    /// Sends a packet that was made with an id of ``nextID()``. Packets go out in the order of these calls.
    func submit(_ packet: ByteBuffer, id: UInt32) -> EventLoopFuture<SFTPReply> {
        let promise = loop.makePromise(of: SFTPReply.self)
        let channel = channel
        loop.execute { channel.value.send(packet, id: id, promise) }
        return promise.futureResult
    }

    /// Waits for a reply; a cancelled task ends the conversation.
    func reply(_ future: EventLoopFuture<SFTPReply>) async throws -> SFTPReply {
        try await withTaskCancellationHandler {
            try await future.get()
        } onCancel: {
            abandon(CancellationError())
        }
    }

    func request(_ kind: SFTPPacket.Kind, _ body: (inout ByteBuffer) -> Void) async throws -> SFTPReply {
        let id = nextID()
        return try await reply(submit(SFTPPacket.frame(kind, id: id, body), id: id))
    }
}

/// A status other than success.
struct SFTPFailure: Error, Equatable {
    let code: UInt32
    let message: String

    static let unexpected = SFTPFailure(code: 4, message: "an answer that does not fit the request")

    var isNoSuchFile: Bool { code == SFTPPacket.StatusCode.noSuchFile }
}

// MARK: - Requests

extension SFTP {
    /// A file's attributes; nil where there is no file.
    func attributes(of path: String) async throws -> SFTPAttributes? {
        switch try await request(.pathStatus, { $0.writeSSHString(path) }) {
        case .attributes(let attributes): return attributes
        case .status(SFTPPacket.StatusCode.noSuchFile, _): return nil
        case let other: throw Self.failure(other)
        }
    }

    func open(_ path: String, _ flags: SFTPPacket.OpenFlags, permissions: UInt32? = nil) async throws -> ByteBuffer {
        let reply = try await request(.open) { packet in
            packet.writeSSHString(path)
            packet.writeInteger(flags.rawValue)
            packet.writeSFTPPermissions(permissions)
        }
        guard case .handle(let handle) = reply else { throw Self.failure(reply) }
        return handle
    }

    func size(ofOpen handle: ByteBuffer) async throws -> UInt64? {
        let reply = try await request(.fileStatus) { $0.writeSSHString(handle) }
        guard case .attributes(let attributes) = reply else { throw Self.failure(reply) }
        return attributes.size
    }

    func close(_ handle: ByteBuffer) async throws {
        try Self.expectSuccess(try await request(.close) { $0.writeSSHString(handle) })
    }

    func setPermissions(_ permissions: UInt32, ofOpen handle: ByteBuffer) async throws {
        let reply = try await request(.setFileStatus) { packet in
            packet.writeSSHString(handle)
            packet.writeSFTPPermissions(permissions)
        }
        try Self.expectSuccess(reply)
    }

    func setPermissions(_ permissions: UInt32, of path: String) async throws {
        let reply = try await request(.setPathStatus) { packet in
            packet.writeSSHString(path)
            packet.writeSFTPPermissions(permissions)
        }
        try Self.expectSuccess(reply)
    }

    func remove(_ path: String) async throws {
        try Self.expectSuccess(try await request(.remove) { $0.writeSSHString(path) })
    }

    func makeDirectory(_ path: String) async throws {
        let reply = try await request(.makeDirectory) { packet in
            packet.writeSSHString(path)
            packet.writeSFTPPermissions(0o755)
        }
        try Self.expectSuccess(reply)
    }

    /// Puts a file in the place of another: at once where the server can, else after removing the other.
    func rename(_ path: String, over target: String) async throws {
        if extensions.renamesOver {
            let reply = try await extended("posix-rename@openssh.com") { packet in
                packet.writeSSHString(path)
                packet.writeSSHString(target)
            }
            return try Self.expectSuccess(reply)
        }
        do { try await remove(target) } catch let failure as SFTPFailure where failure.isNoSuchFile {}
        let reply = try await request(.rename) { packet in
            packet.writeSSHString(path)
            packet.writeSSHString(target)
        }
        try Self.expectSuccess(reply)
    }

    /// Has the server write the file through to its disk, if it can.
    func synchronise(_ handle: ByteBuffer) async throws {
        guard extensions.syncs else { return }
        try Self.expectSuccess(try await extended("fsync@openssh.com") { $0.writeSSHString(handle) })
    }

    func extended(_ name: String, _ body: (inout ByteBuffer) -> Void) async throws -> SFTPReply {
        try await request(.extended) { packet in
            packet.writeSSHString(name)
            body(&packet)
        }
    }

    static func expectSuccess(_ reply: SFTPReply) throws {
        if case .status(SFTPPacket.StatusCode.ok, _) = reply { return }
        throw failure(reply)
    }

    static func failure(_ reply: SFTPReply) -> SFTPFailure {
        if case .status(let code, let message) = reply, code != SFTPPacket.StatusCode.ok {
            return SFTPFailure(code: code, message: message)
        }
        return .unexpected
    }
}

/// What is left of a file system.
struct RemoteSpace: Sendable, Equatable {
    let freeBytes: UInt64
    let isReadOnly: Bool
}

extension SFTP {
    /// Nil where the server does not tell (`statvfs@openssh.com`: block size, fragment size, blocks, free, available,
    /// three numbers of files, id, flags, longest name).
    func space(at path: String) async throws -> RemoteSpace? {
        guard extensions.tellsSpace else { return nil }
        guard case .extended(var packet) = try await extended("statvfs@openssh.com", { $0.writeSSHString(path) })
        else { return nil }
        var numbers: [UInt64] = []
        while let number = packet.readInteger(as: UInt64.self) { numbers.append(number) }
        guard numbers.count >= 10 else { return nil }
        let (free, overflow) = numbers[1].multipliedReportingOverflow(by: numbers[4])
        return RemoteSpace(freeBytes: overflow ? .max : free, isReadOnly: numbers[9] & 1 != 0)
    }

    /// How many bytes one request may read or write: 32 KiB unless the server says that it takes more.
    func longestTransfer() async throws -> (read: Int, write: Int) {
        let safe = 32_768
        guard extensions.tellsLimits, case .extended(var packet) = try await extended("limits@openssh.com", { _ in }),
            packet.readInteger(as: UInt64.self) != nil, let read = packet.readInteger(as: UInt64.self),
            let write = packet.readInteger(as: UInt64.self)
        else { return (safe, safe) }
        let bounded = { (limit: UInt64) in limit == 0 ? safe : Int(min(max(limit, 4_096), 261_120)) }
        return (bounded(read), bounded(write))
    }
}
