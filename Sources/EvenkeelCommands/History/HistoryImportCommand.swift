import ArgumentParser
import Foundation
import History

struct HistoryImportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Takes in what `evenkeel history export` wrote, beside what is recorded here already.",
        discussion: """
            What is there already stays as it is, so the same file can be taken in again.

              evenkeel history import customer-a.jsonl --state ./customer-a

            Exit codes: 0 done, 1 failed (nothing was taken in), 64 wrong usage.
            """
    )

    @Argument(help: "The exported file, or - for standard input.")
    var file: String

    @Option(help: "The folder to take it into.")
    var state: String

    @Option(help: "text or json: how the counts are printed.")
    var output: OutputFormat = .text

    func run() async throws {
        try await Evenkeel.reporting {
            let data =
                file == "-" ? try FileHandle.standardInput.readToEnd() : FileManager.default.contents(atPath: file)
            guard let data else { throw CommandFailure("\(file): cannot be read: is it a file, and is it yours?") }
            let path = StateFolder.file(state: state, cluster: "")
            let journal = try SQLiteJournal.open(path: path)
            let seen = try ObservationFile.open(path: ObservationFile.path(beside: path))
            let lines = String(decoding: data, as: UTF8.self).split(separator: "\n").lazy.map(String.init)
            let counts = try await HistoryTransfer.import(lines, journal: journal, observations: seen)
            Console.result(output == .json ? try Console.json(counts) : "took in \(counts.words)")
        }
    }
}
