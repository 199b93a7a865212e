import ArgumentParser
import Foundation

struct PauseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pause",
        abstract: "Brings the run that is at work on this machine to a safe halt, as the first Ctrl-C does.",
        discussion: """
            What is being serviced ends, nodes that have not got so far are given back, and nothing new starts. \
            `evenkeel resume` goes on later.

              evenkeel pause
              evenkeel pause --wait

            Exit codes: 0 the run was told (with --wait: it has halted), 1 no run is at work.
            """
    )

    @Option(help: "The folder that runs are recorded in.")
    var state: String?

    @Option(help: "The cluster's name, where runs on several clusters are recorded.")
    var clusterName: String?

    @Flag(help: "Return once the run has halted.")
    var wait = false

    func run() async throws {
        try await Evenkeel.reporting {
            let file = try StateFolder.existing(state: state, cluster: clusterName)
            guard let process = RunLock.process(journal: file) else {
                throw CommandFailure("no run is at work on this machine: see `evenkeel status`")
            }
            guard kill(pid_t(process), SIGTERM) == 0 else {
                throw CommandFailure("process \(process) cannot be told: \(String(cString: strerror(errno)))")
            }
            Console.result("process \(process) comes to a safe halt: watch it with `evenkeel status`")
            while wait, RunLock.process(journal: file) == process {
                try await ContinuousClock().sleep(for: .milliseconds(200))
            }
        }
    }
}
