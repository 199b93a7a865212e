package import ArgumentParser
import Foundation
import Ports

/// The command line's root.
package struct Evenkeel: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "evenkeel",
        abstract: "Takes the nodes of a running cluster out of service, one after another, and proves what users felt.",
        discussion: """
            First plan, then run, then report:

              evenkeel plan service --playbook playbooks/service-reboot.yaml --output json > plan.json
              evenkeel run plan.json
              evenkeel report

            See it at work on a simulated cluster:

              evenkeel demo

            Exit codes: 0 done, 1 failed, 3 planned nothing, 4 halted safely, 5 a gate stayed closed, 64 wrong usage, \
            130 interrupted safely.
            """,
        version: "0.1.0",
        subcommands: [
            PlanCommand.self, VerifyCommand.self, RunCommand.self, ResumeCommand.self, StatusCommand.self,
            PauseCommand.self, AbortCommand.self, ReportCommand.self, WatchCommand.self, HistoryCommand.self,
            DrainCommand.self, CordonCommand.self, UncordonCommand.self, LockCommand.self, DoctorCommand.self,
            ExecCommand.self, FactsCommand.self, StageCommand.self, PlaybookCommand.self, DemoCommand.self,
        ]
    )

    package init() {}

    /// Runs what the command line says and ends the program with the exit code that belongs to it.
    package static func runToExit() async -> Never {
        do {
            var command = try await asyncParseAsRoot()
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
            exit()
        } catch let code as ExitCode {
            exit(withError: code)
        } catch {
            // What the parser says of wrong usage takes one line, as every other failure does.
            guard exitCode(for: error) == .validationFailure else { exit(withError: error) }
            let words = message(for: error).split(whereSeparator: \.isNewline).joined(separator: " ")
            let path = ["evenkeel"] + commandPath(in: Array(CommandLine.arguments.dropFirst()))
            Console.note("evenkeel: \(words): see `\(path.joined(separator: " ")) --help`")
            exit(withError: ExitCode(ExitStatus.usage.rawValue))
        }
    }

    /// The subcommands that the arguments begin with.
    private static func commandPath(in arguments: [String]) -> [String] {
        var command: any ParsableCommand.Type = self
        return arguments.prefix { word in
            let child = command.configuration.subcommands.first { $0.configuration.commandName == word }
            command = child ?? command
            return child != nil
        }
    }

    /// Turns every error into its one line and its exit code.
    static func reporting(_ body: () async throws -> Void) async throws {
        do {
            try await body()
        } catch let error as ExitCode {
            throw error
        } catch let failure as CommandFailure {
            Console.note("evenkeel: \(failure)")
            throw ExitCode(failure.code.rawValue)
        } catch is CancellationError {
            throw ExitCode(ExitStatus.interrupted.rawValue)
        } catch {
            Console.note("evenkeel: \(error)")
            throw ExitCode(ExitStatus.failed.rawValue)
        }
    }
}
