// The SFTP conversation on one stream: requests go out, replies come back by their ids.
import NIOCore

/// Lives on its connection's event loop.
final class SFTPChannel: StreamConsumer {
    private let endpoint: SSHEndpoint
    private let stallLimit: Duration
    private let loop: any EventLoop
    /// Set right after the stream was made, whose end is the last that is heard of it.
    var stream: ByteStream?
    private var opening: EventLoopPromise<SFTPExtensions>?
    private var pending: [UInt32: EventLoopPromise<SFTPReply>] = [:]
    private var inbound = ByteBuffer()
    private var stall: Scheduled<Void>?
    private var lastReply = NIODeadline.now()

    init(endpoint: SSHEndpoint, stallLimit: Duration, loop: any EventLoop, opening: EventLoopPromise<SFTPExtensions>) {
        self.endpoint = endpoint
        self.stallLimit = stallLimit
        self.loop = loop
        self.opening = opening
    }

    func send(_ packet: ByteBuffer, id: UInt32, _ promise: EventLoopPromise<SFTPReply>) {
        guard let stream, !stream.isSettled else { return promise.fail(SSHError.connectionClosed(endpoint)) }
        pending[id] = promise
        watch()
        stream.write(packet)
    }

    /// Ends the conversation; whatever waits for a reply fails.
    func close(_ error: any Error) { stream?.close(error) }

    // MARK: StreamConsumer

    func streamOpened() {
        var packet = ByteBuffer()
        packet.writeInteger(UInt32(5))
        packet.writeInteger(SFTPPacket.Kind.initialize.rawValue)
        packet.writeInteger(UInt32(3))
        watch()
        stream?.write(packet)
    }

    func streamReceived(_ bytes: ByteBuffer) {
        lastReply = .now()
        if inbound.readableBytes == 0 { inbound = bytes } else { inbound.writeImmutableBuffer(bytes) }
        while let length = inbound.getInteger(at: inbound.readerIndex, as: UInt32.self) {
            guard length >= 1, length <= SFTPPacket.longest else { return breakOff() }
            guard inbound.readableBytes >= Int(length) + 4 else { return }
            inbound.moveReaderIndex(forwardBy: 4)
            guard let packet = inbound.readSlice(length: Int(length)) else { return }
            take(packet)
        }
    }

    func streamReadComplete() {}

    func streamWritable() {}

    func streamEnded(_ error: (any Error)?) {
        stall?.cancel()
        stall = nil
        stream = nil
        opening?.fail(error ?? SSHError.subsystemRefused(endpoint, name: "sftp"))
        opening = nil
        let reason = "the server ended the file transfer"
        let waiting = pending.values
        pending = [:]
        for promise in waiting { promise.fail(error ?? SSHError.connectionLost(endpoint, reason: reason)) }
    }

    // MARK: Replies

    private func take(_ packet: ByteBuffer) {
        var packet = packet
        guard let kind = packet.readInteger(as: UInt8.self).flatMap(SFTPPacket.Kind.init) else { return breakOff() }
        if kind == .version {
            guard packet.readInteger(as: UInt32.self) != nil else { return breakOff() }
            opening?.succeed(SFTPExtensions(&packet))
            opening = nil
            return
        }
        guard let id = packet.readInteger(as: UInt32.self), let reply = SFTPReply(kind, packet) else {
            return breakOff()
        }
        pending.removeValue(forKey: id)?.succeed(reply)
    }

    private func breakOff() {
        close(SSHError.connectionLost(endpoint, reason: "the server broke the file transfer protocol"))
    }

    // MARK: Stalls

    private func watch() {
        guard stall == nil else { return }
        lastReply = .now()
        schedule(after: TimeAmount(stallLimit))
    }

    private func schedule(after delay: TimeAmount) {
        stall = loop.assumeIsolated().scheduleTask(in: delay) {
            self.stall = nil
            guard !self.pending.isEmpty || self.opening != nil else { return }
            let silence = NIODeadline.now() - self.lastReply
            guard silence >= TimeAmount(self.stallLimit) else {
                return self.schedule(after: TimeAmount(self.stallLimit) - silence)
            }
            self.close(SSHError.transferStalled(self.endpoint, after: self.stallLimit))
        }
    }
}

/// The extensions that a server offers (PROTOCOL in the OpenSSH sources, section 4).
struct SFTPExtensions: Sendable {
    private var versions: [String: String] = [:]

    init(_ packet: inout ByteBuffer) {
        while let name = packet.readSSHString(), let version = packet.readSSHString() {
            versions[String(buffer: name)] = String(buffer: version)
        }
    }

    var renamesOver: Bool { versions["posix-rename@openssh.com"] != nil }
    var syncs: Bool { versions["fsync@openssh.com"] != nil }
    var tellsSpace: Bool { versions["statvfs@openssh.com"] != nil }
    var tellsLimits: Bool { versions["limits@openssh.com"] != nil }
}
