import ClusterModel
import Foundation
import Ports
import Reporting

/// Says what takes so long, where somebody watches.
struct Patience: Sendable {
    static let silence: Duration = .seconds(2)
    static let interval: Duration = .seconds(10)

    var time: any Timepiece
    /// nil where nobody watches.
    var say: (@Sendable (String) -> Void)?

    /// Speaks on standard error where that is a terminal.
    static func ofTerminal(_ time: some Timepiece) -> Patience {
        guard isatty(2) == 1 else { return Patience(time: time, say: nil) }
        return Patience(time: time) { what in Console.note("evenkeel: \(what)") }
    }

    /// Runs `work`; after two seconds says that it goes on, and then every ten.
    func during<Value: Sendable>(
        _ what: String,
        _ work: @escaping @concurrent @Sendable () async throws -> Value
    ) async throws -> Value {
        guard let say else { return try await work() }
        return try await withThrowingTaskGroup(of: Value?.self) { group in
            group.addTask { try await work() }
            group.addTask { [time] in
                let start = time.now
                try await time.sleep(until: start + Self.silence)
                say("\(what) …")
                while true {
                    try await time.sleep(until: time.now + Self.interval)
                    say("\(what) … (\(DurationLabel.text(time.now.since(start))))")
                }
            }
            defer { group.cancelAll() }
            while let value = try await group.next() { if let value { return value } }
            throw CancellationError()
        }
    }
}
