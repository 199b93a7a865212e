// An open libssh2 channel.
import CLibSSH2
import NIOCore

/// The C calls on one open channel. The session frees channels that are left, so this holds no memory of its own.
struct SessionChannel {
    let session: Session
    let raw: OpaquePointer

    enum Stream: CInt {
        case output = 0
        case errors = 1
    }

    /// Hands over all that has arrived on a stream; returns how many bytes that was.
    func drain(_ stream: Stream, _ body: (UnsafeRawBufferPointer) -> Void) throws(LibraryFailure) -> Int {
        let outcome = withUnsafeTemporaryAllocation(byteCount: 32_768, alignment: 16) {
            scratch -> Result<Int, LibraryFailure> in
            var total = 0
            while true {
                let count = libssh2_channel_read_ex(
                    raw,
                    stream.rawValue,
                    scratch.baseAddress?.assumingMemoryBound(to: CChar.self),
                    scratch.count
                )
                // 0 without an end of file means "later", just as EAGAIN does.
                if count == 0 || count == Int(LIBSSH2_ERROR_EAGAIN) { return .success(total) }
                if count < 0 { return .failure(session.failure(CInt(count))) }
                body(UnsafeRawBufferPointer(rebasing: scratch[..<count]))
                total += count
            }
        }
        return try outcome.get()
    }

    /// What has arrived on the output stream; nil means "later", or the end.
    func read(upTo limit: Int) throws(LibraryFailure) -> ByteBuffer? {
        var buffer = ByteBuffer()
        var count = 0
        buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: limit) { bytes in
            count = libssh2_channel_read_ex(raw, 0, bytes.baseAddress?.assumingMemoryBound(to: CChar.self), limit)
            return max(count, 0)
        }
        if count < 0, count != Int(LIBSSH2_ERROR_EAGAIN) { throw session.failure(CInt(count)) }
        return count > 0 ? buffer : nil
    }

    /// Writes what the server's window takes now; nil means "later".
    func write(_ bytes: UnsafeRawBufferPointer) throws(LibraryFailure) -> Int? {
        let count = libssh2_channel_write_ex(
            raw,
            0,
            bytes.baseAddress?.assumingMemoryBound(to: CChar.self),
            bytes.count
        )
        if count == Int(LIBSSH2_ERROR_EAGAIN) { return nil }
        if count < 0 { throw session.failure(CInt(count)) }
        return count == 0 ? nil : count
    }

    func sendEndOfInput() -> Step<Void> { session.step(libssh2_channel_send_eof(raw)) }

    /// Whether the server has ended its output and all of it was read.
    var isAtEnd: Bool { libssh2_channel_eof(raw) == 1 }

    /// Done once the server has closed the channel; the exit is known then.
    func waitUntilClosed() -> Step<Void> { session.step(libssh2_channel_wait_closed(raw)) }

    var exit: SSHExit {
        var name: UnsafeMutablePointer<CChar>?
        var length = 0
        libssh2_channel_get_exit_signal(raw, &name, &length, nil, nil, nil, nil)
        guard let name else { return .status(Int(libssh2_channel_get_exit_status(raw))) }
        defer { session.release(name) }
        return .signal(String(cString: name))
    }

    /// Closes this side and waits for the other.
    func close() -> Step<Void> { session.step(libssh2_channel_close(raw)) }

    /// Closes this side, waits for the other, and frees the channel.
    func free() -> Step<Void> { session.step(libssh2_channel_free(raw)) }

    /// Reads whatever has arrived for the session; the channel itself is long closed.
    func serveSession() {
        var byte: CChar = 0
        _ = libssh2_channel_read_ex(raw, 0, &byte, 1)
    }
}
