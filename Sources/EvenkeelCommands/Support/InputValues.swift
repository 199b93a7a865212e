import Foundation
import Playbooks

/// What `--input NAME=VALUE` and `--input-file FILE` give.
enum InputValues {
    static func read(_ inputs: [String]) throws -> [String: String] {
        try inputs.reduce(into: [:]) { values, input in
            guard let (name, value) = pair(input) else {
                throw CommandFailure("--input \(input): write it as NAME=VALUE", code: .usage)
            }
            values[name] = value
        }
    }

    /// Reads lines of NAME=VALUE; empty ones and those that begin with `#` say nothing.
    static func read(file: String) throws -> [String: String] {
        let text = try PrivateFile.text(of: file, what: "lines of NAME=VALUE")
        let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated()
            .filter { !$0.element.allSatisfy(\.isWhitespace) && !$0.element.hasPrefix("#") }
        // The line itself may hold a secret, so it is not shown.
        return try lines.reduce(into: [:]) { values, line in
            guard let (name, value) = pair(String(line.element)) else {
                throw CommandFailure("\(file):\(line.offset + 1): is not of the form NAME=VALUE: correct it")
            }
            values[name] = value
        }
    }

    private static func pair(_ text: String) -> (name: String, value: String)? {
        guard let sign = text.firstIndex(of: "="), sign != text.startIndex else { return nil }
        return (String(text[..<sign]), String(text[text.index(after: sign)...]))
    }
}

extension Playbook {
    /// Refuses secrets on the command line, where every user of the machine can read them.
    func refuseSecrets(in given: [String: String]) throws {
        guard let secret = secretInputs.first(where: { given[$0] != nil }) else { return }
        throw CommandFailure(
            "--input \(secret): is a secret, and everybody on this machine can read a command line: "
                + "give it to `evenkeel run` with --input-file, or when it asks",
            code: .usage
        )
    }
}
