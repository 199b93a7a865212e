// What a caller says about a transfer, and hears of it.

/// How a file is transferred.
package struct SSHTransferOptions: Sendable {
    /// How long the server may leave a request unanswered before the transfer is given up.
    package var stallLimit: Duration
    /// The most to send in a second; nil for as fast as it goes.
    package var bytesPerSecond: Int?
    /// Measures and waits for the rate.
    package var clock: any Clock<Duration>
    /// Called now and then, off the event loop.
    package var onProgress: (@Sendable (SSHTransferProgress) -> Void)?

    package init(
        stallLimit: Duration = .seconds(60),
        bytesPerSecond: Int? = nil,
        clock: any Clock<Duration> = ContinuousClock(),
        onProgress: (@Sendable (SSHTransferProgress) -> Void)? = nil
    ) {
        self.stallLimit = stallLimit
        self.bytesPerSecond = bytesPerSecond
        self.clock = clock
        self.onProgress = onProgress
    }
}

package struct SSHTransferProgress: Sendable, Equatable {
    /// Bytes that the other side has confirmed, those of an earlier, broken transfer included.
    package let done: UInt64
    package let total: UInt64
}

/// What an upload came to; the file is in its place in every case.
package enum SSHUploadOutcome: Sendable, Equatable {
    /// The same content was there.
    case alreadyThere
    /// `resumedAt`: how much of it an earlier, broken upload had left.
    case uploaded(resumedAt: UInt64)
}

/// Why a file was not transferred.
package enum SSHTransferProblem: Error, Sendable, Equatable {
    case noSuchFile
    case permissionDenied
    /// Its file system is mounted read-only.
    case readOnly
    /// In bytes.
    case noSpace(needed: UInt64, free: UInt64)
    case notAFile
    /// The content on the server has another SHA-256 digest than it should have.
    case digestMismatch(expected: String, found: String)
    /// The server's own words.
    case server(String)
}

/// Keeps a transfer below its rate.
struct TransferPace: Sendable {
    private let rate: Int?
    private let clock: any Clock<Duration>
    private let elapsed: @Sendable () -> Duration
    private var sent = 0

    init(_ options: SSHTransferOptions) {
        rate = options.bytesPerSecond.map { max($0, 1) }
        clock = options.clock
        elapsed = Self.stopwatch(options.clock)
    }

    private static func stopwatch(_ clock: some Clock<Duration>) -> @Sendable () -> Duration {
        let start = clock.now
        return { start.duration(to: clock.now) }
    }

    /// Waits until `count` more bytes may go.
    mutating func admit(_ count: Int) async throws {
        guard let rate else { return }
        let due = Duration.seconds(Double(sent) / Double(rate))
        let early = due - elapsed()
        if early > .zero { try await clock.sleep(for: early, tolerance: nil) }
        sent += count
    }
}
