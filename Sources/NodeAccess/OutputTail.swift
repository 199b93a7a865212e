import SSH
import Synchronization

/// Keeps the end of what scripts write, both streams in the order of their arrival, and shows it without secrets.
final class OutputTail: Sendable {
    private struct Kept {
        var bytes: [UInt8] = []
        var isCut = false
    }

    /// The longest text of a report, in bytes.
    static let limit = 16 * 1024

    private let secrets: [[UInt8]]
    private let longestSecret: Int
    private let kept = Mutex(Kept())

    init(secrets: [String]) {
        self.secrets = secrets.filter { !$0.isEmpty }.map { Array($0.utf8) }
        longestSecret = self.secrets.map(\.count).max() ?? 0
    }

    func append(_ output: SSHOutput) {
        switch output {
        case .standardOutput(let bytes), .standardError(let bytes): append(bytes)
        }
    }

    /// Keeps so much more than the limit that a secret which is cut in two lies before what is shown.
    func append(_ bytes: [UInt8]) {
        let capacity = Self.limit + longestSecret
        kept.withLock { kept in
            kept.bytes.append(contentsOf: bytes)
            // Trimming only at twice the capacity keeps appending linear.
            guard kept.bytes.count > 2 * capacity else { return }
            kept.bytes.removeFirst(kept.bytes.count - capacity)
            kept.isCut = true
        }
    }

    /// The end of the output; bytes that are no UTF-8 are replaced.
    var text: String {
        let kept = kept.withLock { $0 }
        let isSecret = marks(kept.bytes)
        var shown: [UInt8] = []
        for index in kept.bytes.indices.dropFirst(kept.isCut ? max(longestSecret - 1, 0) : 0) {
            if !isSecret[index] {
                shown.append(kept.bytes[index])
            } else if index == 0 || !isSecret[index - 1] || shown.isEmpty {
                shown.append(contentsOf: "•••".utf8)
            }
        }
        return Self.end(of: String(decoding: shown, as: UTF8.self))
    }

    private func marks(_ bytes: [UInt8]) -> [Bool] {
        var marks = [Bool](repeating: false, count: bytes.count)
        for secret in secrets where secret.count <= bytes.count {
            for start in 0...(bytes.count - secret.count) where bytes[start...].starts(with: secret) {
                for index in start..<(start + secret.count) { marks[index] = true }
            }
        }
        return marks
    }

    /// The last bytes of a text, from the start of a character.
    private static func end(of text: String) -> String {
        if text.utf8.count <= limit { return text }
        let continues = { (byte: UInt8) in byte & 0xC0 == 0x80 }
        return String(decoding: text.utf8.suffix(limit).drop(while: continues), as: UTF8.self)
    }
}
