// The packets of SFTP version 3 (draft-ietf-secsh-filexfer-02), as far as whole files need them.
import NIOCore

enum SFTPPacket {
    enum Kind: UInt8 {
        case initialize = 1
        case version = 2
        case open = 3
        case close = 4
        case read = 5
        case write = 6
        case fileStatus = 8
        case setFileStatus = 10
        case remove = 13
        case makeDirectory = 14
        case status = 101
        case handle = 102
        case data = 103
        case attributes = 105
        case extended = 200
        case extendedReply = 201
        case pathStatus = 17
        case setPathStatus = 9
        case rename = 18
    }

    /// How a file is opened.
    struct OpenFlags: OptionSet {
        let rawValue: UInt32
        static let read = OpenFlags(rawValue: 0x01)
        static let write = OpenFlags(rawValue: 0x02)
        static let create = OpenFlags(rawValue: 0x08)
        static let truncate = OpenFlags(rawValue: 0x10)
    }

    /// Status codes of the draft's section 7.
    enum StatusCode {
        static let ok: UInt32 = 0
        static let endOfFile: UInt32 = 1
        static let noSuchFile: UInt32 = 2
        static let permissionDenied: UInt32 = 3
        static let unsupported: UInt32 = 8
    }

    /// No server sends more in one packet: OpenSSH's own limit.
    static let longest = 262_144 + 1_024

    /// Length, type and request id.
    static let headerLength = 9

    /// A whole packet; `length` counts what `body` will write, where that is known beforehand.
    static func frame(_ kind: Kind, id: UInt32, capacity: Int = 256, _ body: (inout ByteBuffer) -> Void) -> ByteBuffer {
        var buffer = ByteBufferAllocator().buffer(capacity: capacity)
        buffer.writeInteger(UInt32(0))
        buffer.writeInteger(kind.rawValue)
        buffer.writeInteger(id)
        body(&buffer)
        buffer.setInteger(UInt32(buffer.readableBytes - 4), at: buffer.readerIndex)
        return buffer
    }
}

/// What a server answered.
enum SFTPReply: Sendable {
    case status(code: UInt32, message: String)
    case handle(ByteBuffer)
    case data(ByteBuffer)
    case attributes(SFTPAttributes)
    case extended(ByteBuffer)

    /// - Parameter packet: the packet after its request id.
    init?(_ kind: SFTPPacket.Kind, _ packet: ByteBuffer) {
        var packet = packet
        switch kind {
        case .status:
            guard let code = packet.readInteger(as: UInt32.self) else { return nil }
            // Servers before version 3 send no message.
            let message = packet.readSSHString().map { String(buffer: $0) } ?? ""
            self = .status(code: code, message: message)
        case .handle:
            guard let handle = packet.readSSHString(), handle.readableBytes <= 256 else { return nil }
            self = .handle(handle)
        case .data:
            guard let data = packet.readSSHString() else { return nil }
            self = .data(data)
        case .attributes:
            guard let attributes = SFTPAttributes(&packet) else { return nil }
            self = .attributes(attributes)
        case .extendedReply: self = .extended(packet)
        default: return nil
        }
    }
}

/// A file's attributes, each where the server tells it.
struct SFTPAttributes: Sendable, Equatable {
    var size: UInt64?
    /// Type and permission bits, as in `st_mode`.
    var mode: UInt32?

    init(size: UInt64? = nil, mode: UInt32? = nil) {
        self.size = size
        self.mode = mode
    }

    init?(_ packet: inout ByteBuffer) {
        guard let flags = packet.readInteger(as: UInt32.self) else { return nil }
        if flags & 0x1 != 0 {
            guard let size = packet.readInteger(as: UInt64.self) else { return nil }
            self.size = size
        }
        if flags & 0x2 != 0 {
            guard packet.readInteger(as: UInt64.self) != nil else { return nil }
        }
        if flags & 0x4 != 0 {
            guard let mode = packet.readInteger(as: UInt32.self) else { return nil }
            self.mode = mode
        }
    }

    var isRegularFile: Bool { mode.map { $0 & 0o170000 == 0o100000 } ?? true }
    var permissions: UInt32? { mode.map { $0 & 0o7777 } }
}

extension ByteBuffer {
    /// Attributes that set the permission bits and nothing else; no attributes for nil.
    mutating func writeSFTPPermissions(_ permissions: UInt32?) {
        writeInteger(UInt32(permissions == nil ? 0 : 0x4))
        if let permissions { writeInteger(permissions) }
    }
}
