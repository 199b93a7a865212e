import ArgumentParser
import NodeAccess
import Ports
import SSH

struct ExecCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "exec",
        abstract: "Runs a command on all nodes, or on the addresses of a file.",
        discussion: """
            With a hosts file no cluster is needed. Exit code 0 says that the command ended with 0 everywhere.

              evenkeel exec --selector pool=gpu -- systemctl is-active kubelet
              evenkeel exec --hosts-file hosts --user ops --known-hosts known_hosts -- uname -r
            """
    )

    @OptionGroup var hosts: HostOptions

    @Option(help: "text or json.")
    var output: OutputFormat = .text

    @Argument(parsing: .postTerminator, help: "The command and its arguments, after --.")
    var command: [String] = []

    /// What came of it on one machine.
    struct Line: Encodable, Sendable {
        var node: String
        var exitStatus: Int?
        var signal: String?
        var standardOutput: String?
        var standardError: String?
        var error: String?

        var succeeded: Bool { exitStatus == 0 }
    }

    func run() async throws {
        try await Evenkeel.reporting {
            guard !command.isEmpty else {
                throw CommandFailure(
                    "there is no command: give it after --, as in `evenkeel exec -- uname -r`",
                    code: .usage
                )
            }
            let fleet = try await hosts.fleet()
            // As ssh does it, the words go to the user's shell there.
            let text = command.joined(separator: " ")
            let outcomes = try await fleet.each { shell, target in
                try await shell.run(text, on: target, timeout: fleet.timeout)
            }
            let lines = outcomes.map { Self.line($0.target.node, $0.outcome) }
            switch output {
            case .json: Console.result(try Console.json(lines))
            case .text: for line in lines { Self.show(line) }
            }
            let failed = lines.filter { !$0.succeeded }.count
            if failed > 0 { throw CommandFailure("\(failed) of \(lines.count) failed") }
        }
    }

    private static func line(_ node: String, _ outcome: Result<SSHCommandResult, any Error>) -> Line {
        var line = Line(node: node)
        switch outcome {
        case .failure(let error): line.error = "\(error)"
        case .success(let result):
            switch result.exit {
            case .status(let status): line.exitStatus = status
            case .signal(let name): line.signal = name
            }
            line.standardOutput = result.standardOutput.text
            line.standardError = result.standardError.text
        }
        return line
    }

    /// Each line of output behind its node's name.
    private static func show(_ line: Line) {
        for text in (line.standardOutput ?? "").split(whereSeparator: \.isNewline) {
            Console.result("\(line.node): \(text)")
        }
        for text in (line.standardError ?? "").split(whereSeparator: \.isNewline) {
            Console.note("\(line.node): \(text)")
        }
        if let error = line.error { Console.note("\(line.node): \(error)") }
        if let signal = line.signal { Console.note("\(line.node): killed by signal \(signal)") }
        if let status = line.exitStatus, status != 0 { Console.note("\(line.node): exit status \(status)") }
    }
}
