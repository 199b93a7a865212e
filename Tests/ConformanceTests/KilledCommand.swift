import Foundation
import Synchronization

extension Command {
    struct Life: Sendable {
        /// It was killed amid its work; else it had come to its end by itself.
        let wasKilled: Bool
        let status: Int32
        let lines: [String]

        var errors: String { lines.joined(separator: "\n") }
    }

    /// Runs it, and kills it some time after a line of its standard error for which `isMoment` holds.
    func run(killing pause: Duration = .zero, after isMoment: @escaping (String) -> Bool) async throws -> Life {
        let process = prepared()
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        let (pieces, continuation) = AsyncStream.makeStream(of: Data.self)
        let pipe = try Self.launching.withLock { _ in
            let pipe = Pipe()
            process.standardError = pipe
            try process.run()
            return pipe
        }
        pipe.fileHandleForReading.readabilityHandler = { handle in
            let data = handle.availableData
            if data.isEmpty {
                handle.readabilityHandler = nil
                continuation.finish()
            } else {
                continuation.yield(data)
            }
        }
        defer { kill(process.processIdentifier, SIGKILL) }
        var cutter = LineCutter()
        var lines: [String] = []
        var isDoomed = false
        for await piece in pieces {
            let fresh = cutter.lines(adding: piece)
            lines += fresh
            if !isDoomed, fresh.contains(where: isMoment) {
                isDoomed = true
                try await ContinuousClock().sleep(for: pause)
                kill(process.processIdentifier, SIGKILL)
            }
        }
        process.waitUntilExit()
        let wasKilled = process.terminationReason == .uncaughtSignal && process.terminationStatus == SIGKILL
        return Life(wasKilled: wasKilled, status: process.terminationStatus, lines: lines)
    }
}
