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

    /// The bytes in memory of C's, for a C library to free.
    static func allocate(_ bytes: [UInt8]) -> UnsafeMutablePointer<UInt8>? {
        guard let memory = malloc(max(bytes.count, 1)) else { return nil }
        memory.copyMemory(from: bytes, byteCount: bytes.count)
        return memory.assumingMemoryBound(to: UInt8.self)
    }

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
    var isNoSuchFile: Bool { code == ENOENT }
}

// MARK: - Files

extension Platform {
    static func openFile(_ path: String) throws(PlatformError) -> CInt {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw PlatformError(code: errno) }
        var facts = stat()
        guard fstat(descriptor, &facts) == 0, facts.st_mode & S_IFMT == S_IFREG else {
            _ = close(descriptor)
            throw PlatformError(code: facts.st_mode & S_IFMT == S_IFDIR ? EISDIR : EINVAL)
        }
        return descriptor
    }

    /// A new file, or an old one emptied.
    static func createFile(_ path: String, mode: UInt32) throws(PlatformError) -> CInt {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode_t(mode))
        guard descriptor >= 0 else { throw PlatformError(code: errno) }
        return descriptor
    }

    static func closeFile(_ descriptor: CInt) { _ = close(descriptor) }

    static func readFile(
        _ descriptor: CInt,
        into target: UnsafeMutableRawBufferPointer,
        at offset: UInt64
    ) throws(PlatformError) -> Int {
        while true {
            let count = pread(descriptor, target.baseAddress, target.count, off_t(offset))
            if count >= 0 { return count }
            guard errno == EINTR else { throw PlatformError(code: errno) }
        }
    }

    static func writeAll(_ bytes: UnsafeRawBufferPointer, to descriptor: CInt) throws(PlatformError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
            if count > 0 { rest = rest.dropFirst(count) }
            if count < 0, errno != EINTR { throw PlatformError(code: errno) }
        }
    }

    static func synchronise(_ descriptor: CInt) throws(PlatformError) {
        guard fsync(descriptor) == 0 else { throw PlatformError(code: errno) }
    }

    static func renameFile(_ path: String, to target: String) throws(PlatformError) {
        guard rename(path, target) == 0 else { throw PlatformError(code: errno) }
    }

    /// Appends a line in one write, after ending one that was left without its end; the file is private if it is new.
    static func appendLine(_ line: String, toFile path: String) throws(PlatformError) {
        let descriptor = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw PlatformError(code: errno) }
        defer { closeFile(descriptor) }
        var last: UInt8 = UInt8(ascii: "\n")
        let size = lseek(descriptor, 0, SEEK_END)
        if size > 0 { _ = pread(descriptor, &last, 1, size - 1) }
        let text = (last == UInt8(ascii: "\n") ? "" : "\n") + line + "\n"
        let bytes = Array(text.utf8)
        let outcome = bytes.withUnsafeBytes { bytes in
            Result { () throws(PlatformError) in try writeAll(bytes, to: descriptor) }
        }
        try outcome.get()
        try synchronise(descriptor)
    }

    static func removeFile(_ path: String) { _ = unlink(path) }
}

// MARK: - Surroundings

extension Platform {
    static func variable(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }

    /// The paths that match a glob(7) pattern, sorted; a path without one stands for itself where it exists.
    static func files(matching pattern: String) -> [String] {
        var found = glob_t()
        defer { globfree(&found) }
        guard glob(pattern, 0, nil, &found) == 0 else { return [] }
        return (0..<Int(found.gl_pathc)).compactMap { found.gl_pathv[$0].map { String(cString: $0) } }
    }
}
