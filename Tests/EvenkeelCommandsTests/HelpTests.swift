import ArgumentParser
import Testing

@testable import EvenkeelCommands

/// What `--help` says of each command, found by walking the tree: a new command is held to it at once.
struct HelpTests {
    struct Entry: Sendable, CustomTestStringConvertible {
        var path: [String]
        var command: any ParsableCommand.Type

        var testDescription: String { path.joined(separator: " ") }
        var golden: String { "help-" + path.joined(separator: "-") + ".txt" }
        var text: String { Evenkeel.helpMessage(for: command, columns: 100) }
    }

    static let entries = entries(of: Evenkeel.self, at: ["evenkeel"])

    private static func entries(of command: any ParsableCommand.Type, at path: [String]) -> [Entry] {
        [Entry(path: path, command: command)]
            + command.configuration.subcommands.flatMap { child in
                entries(of: child, at: path + [child.configuration.commandName ?? "?"])
            }
    }

    @Test(arguments: entries)
    func `a command's help is as recorded`(entry: Entry) throws {
        try Golden.expect(entry.text + "\n", is: entry.golden)
    }

    @Test(arguments: entries)
    func `a command says what it does and shows an example of itself`(entry: Entry) {
        #expect(entry.command.configuration.abstract.split(separator: " ").count >= 3)
        let examples = entry.text.split(separator: "\n").map { $0.drop { $0 == " " } }
            .filter { $0.hasPrefix("evenkeel ") }
        let own = entry.path.joined(separator: " ")
        #expect(examples.contains { $0.hasPrefix(own + " ") || $0 == own }, "\(entry.text)")
    }

    @Test(arguments: entries)
    func `every argument and option of a command is explained`(entry: Entry) {
        let lines = entry.text.split(separator: "\n")
        let bare = lines.enumerated().filter { index, line in
            guard line.hasPrefix("  -") || line.hasPrefix("  <") else { return false }
            let isExplainedHere = line.dropFirst(2).contains("  ")
            let isExplainedBelow = index + 1 < lines.count && lines[index + 1].hasPrefix("            ")
            return !isExplainedHere && !isExplainedBelow
        }
        #expect(bare.isEmpty, "\(bare.map(\.element))")
    }

    @Test func `no help is recorded for a command that is gone`() throws {
        #expect(try Golden.names(startingWith: "help-") == Set(Self.entries.map(\.golden)))
    }

    @Test func `the program itself prints its help and its version on standard output`() async throws {
        try await Scratch.with { scratch in
            let tool = Tool(folder: scratch.folder)
            for arguments in [["--help"], ["plan", "--help"], ["--version"]] {
                let result = try await tool.run(arguments)
                #expect(result.status == .exited(0))
                #expect(result.errors.isEmpty)
                #expect(!result.output.isEmpty)
            }
        }
    }
}
