// The bytes between libssh2 and the NIO channel.
import CLibSSH2
import NIOCore

/// The two buffers that a session reads from and writes to in place of a socket.
///
/// Sending always succeeds into `outbound`, so no operation of libssh2 ever stops half-sent; whoever writes bulk data
/// asks `outboundIsFull` first. Receiving says "later" when `inbound` is empty, even after the peer's end: what
/// has arrived stays readable, and the handler ends what is left.
final class Wire {
    private static let outboundLimit = 262_144

    private(set) var inbound = ByteBuffer()
    private var outbound = ByteBuffer()
    /// Set before the session is freed: libssh2 then sends into the void and waits for nothing.
    var isCut = false

    /// Set while the channel asks for a pause in writing.
    var isCongested = false

    var outboundIsFull: Bool { isCongested || outbound.readableBytes >= Self.outboundLimit }

    func append(_ bytes: ByteBuffer) {
        guard inbound.readableBytes > 0 else {
            inbound = bytes
            return
        }
        inbound.writeImmutableBuffer(bytes)
    }

    /// Whether the server's banner line waits to be read (RFC 4253, section 4.2: other lines may come before it).
    var holdsBanner: Bool {
        String(buffer: inbound).split(whereSeparator: \.isNewline).contains { $0.hasPrefix("SSH-") }
    }

    /// What libssh2 has written since the last call, if anything.
    func takeOutbound() -> ByteBuffer? {
        guard outbound.readableBytes > 0 else { return nil }
        defer { outbound = ByteBuffer() }
        return outbound
    }

    fileprivate func receive(into target: UnsafeMutableRawBufferPointer) -> Int {
        if isCut { return -Int(Platform.connectionReset) }
        let count = min(target.count, inbound.readableBytes)
        guard count > 0 else { return -Int(Platform.wouldBlock) }
        inbound.readWithUnsafeReadableBytes { source in
            target.copyMemory(from: UnsafeRawBufferPointer(rebasing: source[..<count]))
            return count
        }
        if inbound.readableBytes == 0 { inbound = ByteBuffer() }
        return count
    }

    fileprivate func send(_ source: UnsafeRawBufferPointer) -> Int {
        guard !isCut else { return source.count }
        // Bulk data comes in many packets; growing to hold them one by one would copy them again and again.
        if outbound.readableBytes == 0, source.count > 16_384 { outbound.reserveCapacity(Self.outboundLimit + 65_536) }
        outbound.writeBytes(source)
        return source.count
    }

    /// Makes the session, created with this object as its context, read and write here.
    static func attachCallbacks(to session: OpaquePointer) {
        evenkeel_set_receive_callback(session) { _, buffer, length, _, context in
            guard let buffer, let wire = Wire.from(context) else { return -Int(Platform.connectionReset) }
            return wire.receive(into: UnsafeMutableRawBufferPointer(start: buffer, count: length))
        }
        evenkeel_set_send_callback(session) { _, buffer, length, _, context in
            guard let buffer, let wire = Wire.from(context) else { return -Int(Platform.connectionReset) }
            return wire.send(UnsafeRawBufferPointer(start: buffer, count: length))
        }
    }

    private static func from(_ context: UnsafeMutablePointer<UnsafeMutableRawPointer?>?) -> Wire? {
        guard let pointer = context?.pointee else { return nil }
        return Unmanaged<Wire>.fromOpaque(pointer).takeUnretainedValue()
    }
}
