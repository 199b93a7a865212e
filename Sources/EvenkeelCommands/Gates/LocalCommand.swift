import Foundation
import Subprocess
import SystemPackage

/// A line of shell on this machine.
enum LocalCommand {
    private static let limit = 1 << 20

    /// The script may end without reading its input, which must harm nobody: a shell's own pipe brings it.
    private static let piped = #"printf '%s\n' "$EVENKEEL_INPUT" 2>/dev/null | /bin/sh -c "$EVENKEEL_SCRIPT""#

    /// - Returns: nil where it exits with 0, else how it ended and the last line that it wrote.
    static func failure(
        of script: String,
        variables: [String: String],
        input: String = "",
        timeout: Duration = .seconds(60)
    ) async throws -> String? {
        var environment = Environment.inherit
        var variables = variables
        if !input.isEmpty {
            variables["EVENKEEL_INPUT"] = input
            variables["EVENKEEL_SCRIPT"] = script
        }
        for (name, value) in variables.sorted(by: { $0.key < $1.key }) {
            environment = environment.updating([.init(stringLiteral: name): value])
        }
        let final = environment
        return try await withThrowingTaskGroup(of: String?.self) { group in
            group.addTask {
                let result = try await Subprocess.run(
                    .path("/bin/sh"),
                    arguments: ["-c", input.isEmpty ? script : piped],
                    environment: final,
                    input: .none,
                    output: .string(limit: limit),
                    error: .string(limit: limit)
                )
                if result.terminationStatus.isSuccess { return nil }
                let lines = (result.standardOutput + result.standardError).split(separator: "\n")
                return
                    "the command ended with \(result.terminationStatus): \(lines.last.map(String.init) ?? "no output")"
            }
            group.addTask {
                try await ContinuousClock().sleep(for: timeout)
                return "the command ran out of time after \(timeout)"
            }
            defer { group.cancelAll() }
            return try await group.next() ?? nil
        }
    }
}
