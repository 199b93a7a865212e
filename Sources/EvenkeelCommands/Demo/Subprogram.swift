import Foundation
import Subprocess
import SystemPackage

/// Programs that the demo runs; cancelling the task ends them.
enum Subprogram {
    /// Runs a program and insists on its success.
    static func run(_ name: String, _ arguments: [String]) async throws {
        var options = PlatformOptions()
        // Ctrl-C is for the demo, which then ends what it has started.
        options.processGroupID = 0
        let executable: Executable = name.contains("/") ? .path(FilePath(name)) : .name(name)
        let result = try await Subprocess.run(
            executable,
            arguments: Arguments(arguments),
            platformOptions: options,
            output: .discarded,
            error: .discarded
        )
        guard result.terminationStatus.isSuccess else {
            throw CommandFailure("\(name) ended with \(result.terminationStatus): is its package installed?")
        }
    }

    /// Runs this very program.
    ///
    /// - Parameter output: the file that takes its results; nil shows them.
    /// - Returns: whether it exited with 0.
    static func evenkeel(_ arguments: [String], output: String?) async throws -> Bool {
        let program = Executable.path(FilePath(Bundle.main.executablePath ?? CommandLine.arguments[0]))
        guard let output else {
            let result = try await Subprocess.run(
                program,
                arguments: Arguments(arguments),
                output: .currentStandardOutput,
                error: .currentStandardError
            )
            return result.terminationStatus.isSuccess
        }
        let file = try FileDescriptor.open(
            FilePath(output),
            .writeOnly,
            options: [.create, .truncate],
            permissions: .ownerReadWrite
        )
        let result = try await Subprocess.run(
            program,
            arguments: Arguments(arguments),
            output: .fileDescriptor(file, closeAfterSpawningProcess: true),
            error: .currentStandardError
        )
        return result.terminationStatus.isSuccess
    }
}
