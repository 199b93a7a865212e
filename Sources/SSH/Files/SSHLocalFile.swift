// A file on this side of a transfer.
import Crypto
import NIOCore
import NIOPosix

/// A file to upload, with its size and digest; hashed once for all the servers that get it.
package struct SSHLocalFile: Sendable, Hashable {
    package let path: String
    package let size: UInt64
    /// The SHA-256 digest in lower-case hexadecimal digits.
    package let sha256: String

    /// Reads the whole file once, off the event loops.
    ///
    /// - Throws: ``SSHError/fileUnreadable(path:reason:)``, or `CancellationError`.
    package static func open(_ path: String) async throws -> SSHLocalFile {
        let reader = try await LocalReader.open(path)
        var hash = SHA256()
        var offset: UInt64 = 0
        while true {
            try Task.checkCancellation()
            let from = offset
            let chunk = try await NIOThreadPool.singleton.runIfActive {
                var buffer = ByteBuffer()
                _ = try reader.append(to: &buffer, count: 1_048_576, at: from)
                return buffer
            }
            guard chunk.readableBytes > 0 else { break }
            hash.update(bufferPointer: chunk)
            offset += UInt64(chunk.readableBytes)
        }
        return SSHLocalFile(path: path, size: offset, sha256: hexadecimal(hash.finalize()))
    }

    private init(path: String, size: UInt64, sha256: String) {
        self.path = path
        self.size = size
        self.sha256 = sha256
    }

    static func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
        let digits = Array("0123456789abcdef")
        return String(bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
    }
}

extension SHA256 {
    mutating func update(bufferPointer bytes: ByteBuffer) {
        bytes.withUnsafeReadableBytes { update(bufferPointer: $0) }
    }
}

/// An open file, read at any place from any thread.
final class LocalReader: Sendable {
    let path: String
    private let descriptor: CInt

    static func open(_ path: String) async throws -> LocalReader {
        try await NIOThreadPool.singleton.runIfActive { try LocalReader(path) }
    }

    private init(_ path: String) throws(SSHError) {
        do { descriptor = try Platform.openFile(path) } catch {
            throw .fileUnreadable(path: path, reason: error.reason)
        }
        self.path = path
    }

    deinit { Platform.closeFile(descriptor) }

    /// Appends up to `count` bytes of the file; fewer only at its end.
    func append(to buffer: inout ByteBuffer, count: Int, at offset: UInt64) throws(SSHError) -> Int {
        var total = 0
        buffer.reserveCapacity(minimumWritableBytes: count)
        while total < count {
            var outcome: Result<Int, PlatformError> = .success(0)
            buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: count - total) { free in
                let target = UnsafeMutableRawBufferPointer(rebasing: free[..<(count - total)])
                do throws(PlatformError) {
                    let read = try Platform.readFile(descriptor, into: target, at: offset + UInt64(total))
                    outcome = .success(read)
                    return read
                } catch {
                    outcome = .failure(error)
                    return 0
                }
            }
            switch outcome {
            case .failure(let error): throw .fileUnreadable(path: path, reason: error.reason)
            case .success(0): return total
            case .success(let read): total += read
            }
        }
        return total
    }
}
