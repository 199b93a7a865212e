// The few calls of the C library that this target needs.
#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

enum Platform {
    /// A descriptor that is always valid and never blocks. libssh2 insists on a socket number although the
    /// transport callbacks carry all bytes; it only asks whether this one blocks.
    static let placeholderSocket: CInt = open("/dev/null", O_RDWR | O_NONBLOCK | O_CLOEXEC)

    /// Returned, negated, by a transport callback that has nothing to give yet.
    static let wouldBlock = EAGAIN
    /// Returned, negated, by a transport callback of a connection that is gone.
    static let connectionReset = ECONNRESET
    static let connectionRefused = ECONNREFUSED

    static func message(ofErrno code: CInt) -> String { String(cString: strerror(code)) }

    /// The content of a small file.
    ///
    /// - Throws: ``PlatformError`` with the operating system's reason.
    static func contents(ofFile path: String, limit: Int) throws(PlatformError) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw PlatformError(code: errno) }
        defer { _ = close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 16_384)
        while bytes.count < limit {
            let count = read(descriptor, &chunk, chunk.count)
            if count < 0 { throw PlatformError(code: errno) }
            if count == 0 { break }
            bytes += chunk[..<count]
        }
        return bytes
    }
}

/// What the operating system said when a file could not be read.
struct PlatformError: Error {
    let code: CInt
    var reason: String { Platform.message(ofErrno: code) }
}
