import ArgumentParser

struct AbortCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "abort",
        abstract: "Gives the last run up: its nodes go back to service where that is safe, and the others are named.",
        discussion: """
            A node goes back where nothing of the playbook has begun, where its service is done and it is Ready, or where \
            every step that has begun has an `undo`, which is run then. Others stay cordoned, each with the reason. A run \
            that is at work must be paused first.

              evenkeel pause --wait
              evenkeel abort --config evenkeel.yaml

            Exit codes: 0 all nodes are back, 4 some stay cordoned, 1 failed.
            """
    )

    @OptionGroup var options: LaunchOptions

    func run() async throws {
        try await Evenkeel.reporting {
            let launch = Launch(
                aim: .abort,
                options: options,
                rules: try RuleOptions.parse([])
            )
            try await launch.run()
        }
    }
}

/// What an abort came to.
struct AbortResult: Encodable {
    struct Left: Encodable {
        var node: String
        var reason: String
    }

    var run: String
    /// Nodes that stay cordoned.
    var left: [Left]

    init(_ run: String, left: [(node: String, reason: String)]) {
        self.run = run
        self.left = left.map { Left(node: $0.node, reason: $0.reason) }
    }

    func show(as format: OutputFormat) throws {
        switch format {
        case .json: Console.result(try Console.json(self))
        case .text where left.isEmpty: Console.result("\(run) is aborted: all of its nodes are back in service")
        case .text:
            for left in left { Console.result("\(left.node) stays cordoned: \(left.reason)") }
        }
        if left.isEmpty { return }
        throw CommandFailure(
            "\(run) is aborted, but \(left.count) of its nodes stay cordoned: \(left.map(\.node).joined(separator: ", ")): "
                + "look at them, then `kubectl uncordon` each",
            code: .halted
        )
    }
}
