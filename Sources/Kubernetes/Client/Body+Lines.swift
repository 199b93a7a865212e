import AsyncHTTPClient
import NIOCore

extension HTTPClientResponse.Body {
    /// Hands over the lines as they arrive, until `take` answers false. A last line without its end is dropped.
    func eachLine(_ take: ([UInt8]) async throws -> Bool) async throws {
        var buffer = ByteBuffer()
        for try await var chunk in self {
            buffer.discardReadBytes()
            buffer.writeBuffer(&chunk)
            while let end = buffer.readableBytesView.firstIndex(of: UInt8(ascii: "\n")) {
                let line = buffer.readBytes(length: end - buffer.readerIndex) ?? []
                buffer.moveReaderIndex(forwardBy: 1)
                if !line.isEmpty, try await !take(line) { return }
            }
        }
    }
}
