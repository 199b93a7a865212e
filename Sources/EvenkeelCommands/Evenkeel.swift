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

            See it at work on a simulated cluster: evenkeel demo

            Exit codes: 0 done, 1 failed, 3 planned nothing, 4 halted safely, 64 wrong usage, 130 interrupted safely.
            """,
        version: "0.1.0",
        subcommands: [
            PlanCommand.self, RunCommand.self, ReportCommand.self, ExecCommand.self, FactsCommand.self,
            DemoCommand.self,
        ]
    )

    package init() {}

    package static func runToExit() async { await main() }

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
