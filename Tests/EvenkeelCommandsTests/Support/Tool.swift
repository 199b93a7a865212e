import Foundation
import Subprocess
import SystemPackage
import Testing

/// The built program, called as a person calls it: a process of its own with its real output and exit code.
struct Tool: Sendable {
    enum End: Hashable, Sendable {
        case exited(Int32)
        case signaled(Int32)

        init(_ status: TerminationStatus) {
            switch status {
            case .exited(let code): self = .exited(code)
            case .signaled(let signal): self = .signaled(signal)
            }
        }
    }

    struct Result: Sendable {
        var status: End
        var output: String
        var errors: String

        var errorLines: [Substring] { errors.split(separator: "\n") }
    }

    /// Where it runs; its own settings and state are out of reach.
    var folder: String

    func run(_ arguments: [String], input: String = "") async throws -> Result {
        let result = try await Subprocess.run(
            try Self.executable,
            arguments: Arguments(arguments),
            environment: environment,
            workingDirectory: FilePath(folder),
            input: .string(input),
            output: .string(limit: 1 << 22),
            error: .string(limit: 1 << 22)
        )
        return Result(
            status: End(result.terminationStatus),
            output: result.standardOutput,
            errors: result.standardError
        )
    }

    /// Runs it and hands over each line of its standard error as it comes, until `kill` answers true: then it is killed.
    func run(
        _ arguments: [String],
        with signal: Signal = .kill,
        killing kill: (String) async throws -> Bool
    ) async throws -> Result {
        let result = try await Subprocess.run(
            try Self.executable,
            arguments: Arguments(arguments),
            environment: environment,
            workingDirectory: FilePath(folder),
            input: .none,
            output: .string(limit: 1 << 22),
            error: .sequence
        ) { execution in
            var lines = ""
            var isKilled = false
            for try await line in execution.standardError.strings() {
                lines += line + "\n"
                if isKilled { continue }
                guard try await kill(line) else { continue }
                isKilled = true
                try execution.send(signal: signal)
            }
            return lines
        }
        return Result(
            status: End(result.terminationStatus),
            output: result.standardOutput,
            errors: result.closureResult
        )
    }

    /// Runs a line of shell in which `$0` is the program.
    func shell(_ script: String) async throws -> Result {
        let result = try await Subprocess.run(
            .path("/bin/sh"),
            arguments: ["-c", script, try Self.path],
            environment: environment,
            workingDirectory: FilePath(folder),
            input: .none,
            output: .string(limit: 1 << 22),
            error: .string(limit: 1 << 22)
        )
        return Result(
            status: End(result.terminationStatus),
            output: result.standardOutput,
            errors: result.standardError
        )
    }

    private static var executable: Executable { get throws { .path(FilePath(try path)) } }

    private static var path: String {
        get throws {
            let tests = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
            let path = tests.deletingLastPathComponent().appendingPathComponent("evenkeel").path
            try #require(FileManager.default.isExecutableFile(atPath: path), "there is no \(path)")
            return path
        }
    }

    private var environment: Environment {
        .custom([
            "HOME": "/nonexistent", "KUBECONFIG": "/nonexistent/kubeconfig", "XDG_STATE_HOME": "\(folder)/state",
            "NO_COLOR": "1", "PATH": "/usr/bin:/bin", "TMPDIR": NSTemporaryDirectory(), "USER": "ops",
        ])
    }
}

extension Tool {
    /// Runs another program and says whether it succeeded.
    func succeeds(_ program: String, _ arguments: [String]) async throws -> Bool {
        try await Subprocess.run(
            .name(program),
            arguments: Arguments(arguments),
            workingDirectory: FilePath(folder),
            output: .discarded,
            error: .discarded
        ).terminationStatus.isSuccess
    }
}
