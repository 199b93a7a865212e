// What came of a command.

/// How a command ended.
package enum SSHExit: Sendable, Equatable {
    /// The exit status, 0 for success.
    case status(Int)
    /// The name of the signal that killed it, without `SIG`.
    case signal(String)
}

/// Bytes of one of a command's output streams, as they arrive.
package enum SSHOutput: Sendable, Equatable {
    case standardOutput([UInt8])
    case standardError([UInt8])
}

/// A stream's output within a limit: its head and its tail.
package struct SSHCapturedOutput: Sendable, Equatable {
    /// The first bytes; all of them when nothing was dropped.
    package let head: [UInt8]
    /// The last bytes, when some were dropped between.
    package let tail: [UInt8]
    /// How many bytes between head and tail were not kept.
    package let droppedBytes: Int

    /// Head and tail together.
    package var bytes: [UInt8] { head + tail }

    /// The output as text, with a note where bytes were dropped; invalid UTF-8 is replaced.
    package var text: String {
        let first = String(decoding: head, as: UTF8.self)
        if droppedBytes == 0 { return first + String(decoding: tail, as: UTF8.self) }
        return "\(first)\n[\(droppedBytes) bytes dropped]\n\(String(decoding: tail, as: UTF8.self))"
    }
}

/// The end and the output of a command that ran. A non-zero exit is a result like any other.
package struct SSHCommandResult: Sendable, Equatable {
    package let exit: SSHExit
    package let standardOutput: SSHCapturedOutput
    package let standardError: SSHCapturedOutput

    /// Whether the command ended with status 0.
    package var succeeded: Bool { exit == .status(0) }
}

/// Collects a stream and keeps at most `limit` bytes of it, half from its head and half from its tail.
struct OutputCollector {
    private let headLimit: Int
    private let tailLimit: Int
    private var head: [UInt8] = []
    private var tail: [UInt8] = []
    private var total = 0

    init(limit: Int) {
        headLimit = max(limit, 0) / 2
        tailLimit = max(limit, 0) - headLimit
    }

    mutating func append(_ bytes: UnsafeRawBufferPointer) {
        total += bytes.count
        let forHead = min(headLimit - head.count, bytes.count)
        head.append(contentsOf: bytes.prefix(forHead))
        tail.append(contentsOf: bytes.dropFirst(forHead).suffix(tailLimit))
        // Trimming only at twice the limit keeps appending linear.
        if tail.count > 2 * tailLimit { tail.removeFirst(tail.count - tailLimit) }
    }

    var captured: SSHCapturedOutput {
        let kept = Array(tail.suffix(tailLimit))
        let dropped = total - head.count - kept.count
        return dropped == 0
            ? SSHCapturedOutput(head: head + kept, tail: [], droppedBytes: 0)
            : SSHCapturedOutput(head: head, tail: kept, droppedBytes: dropped)
    }
}
