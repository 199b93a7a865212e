import Foundation

/// A file's bytes in place: the kernel brings in what is read, and may drop it again.
enum MappedFile {
    /// - Throws: `POSIXError`; what is no regular file (a pipe, a device) is read to its end instead.
    static func withBytes<Value>(of path: String, _ body: (UnsafeRawBufferPointer) throws -> Value) throws -> Value {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        if descriptor < 0 { throw failure() }
        defer { close(descriptor) }
        var facts = stat()
        if fstat(descriptor, &facts) != 0 { throw failure() }
        guard facts.st_mode & S_IFMT == S_IFREG else {
            let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: false)
            return try (try handle.readToEnd() ?? Data()).withUnsafeBytes(body)
        }
        let size = Int(facts.st_size)
        if size == 0 { return try body(UnsafeRawBufferPointer(start: nil, count: 0)) }
        guard let start = mmap(nil, size, PROT_READ, MAP_PRIVATE, descriptor, 0), start != MAP_FAILED else {
            throw failure()
        }
        defer { munmap(start, size) }
        madvise(start, size, MADV_SEQUENTIAL)
        return try body(UnsafeRawBufferPointer(start: start, count: size))
    }

    private static func failure() -> POSIXError { POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
}
