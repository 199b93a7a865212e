import Foundation
import Synchronization

/// A watch of the API, read by `curl` in a process of its own.
struct WatchStream: ~Copyable {
    /// A piece of the answer, and when it came: the moment is taken before anything else is done with it.
    struct Piece: Sendable {
        let data: Data
        let arrived: ContinuousClock.Instant
    }

    let pieces: AsyncStream<Piece>
    private let process: Process

    init(_ lab: Lab, resource: String) throws {
        let (pieces, continuation) = AsyncStream.makeStream(of: Piece.self)
        let process = Command("curl", lab.curl("GET", resource)).prepared()
        process.standardInput = FileHandle.nullDevice
        // Whoever reads the tests' output waits for all who could still write to it.
        process.standardError = FileHandle.nullDevice
        let pipe = try Command.launching.withLock { _ in
            let pipe = Pipe()
            process.standardOutput = pipe
            try process.run()
            return pipe
        }
        pipe.fileHandleForReading.readabilityHandler = { handle in
            let arrived = ContinuousClock.now
            let data = handle.availableData
            if data.isEmpty {
                handle.readabilityHandler = nil
                continuation.finish()
            } else {
                continuation.yield(Piece(data: data, arrived: arrived))
            }
        }
        self.pieces = pieces
        self.process = process
    }

    /// SIGKILL, since children of a thread that blocks SIGTERM, as the tests' threads do, block it too.
    deinit { kill(process.processIdentifier, SIGKILL) }
}

/// Cuts the pieces of a stream into lines.
struct LineCutter {
    private var rest = Data()

    mutating func lines(adding data: some Sequence<UInt8>) -> [String] {
        rest.append(contentsOf: data)
        var lines: [String] = []
        while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
            lines.append(String(decoding: rest[..<end], as: UTF8.self))
            rest = Data(rest[rest.index(after: end)...])
        }
        return lines
    }
}
