import ArgumentParser
import Foundation
import History

struct HistoryExportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Writes everything that was recorded as JSON Lines, to carry it out of a closed site.",
        discussion: """
            Runs with all their entries, samples, and what `evenkeel watch` observed. It may hold what steps printed: treat \
            it as you treat the record itself.

              evenkeel history export --state /var/lib/evenkeel/customer-a > customer-a.jsonl

            Exit codes: 0 done, 1 failed, 64 wrong usage.
            """
    )

    @Option(help: "The folder that runs are recorded in.")
    var state: String?

    @Option(help: "The cluster's name, where runs on several clusters are recorded.")
    var clusterName: String?

    func run() async throws {
        try await Evenkeel.reporting {
            let file = try StateFolder.existing(state: state, cluster: clusterName)
            let journal =
                FileManager.default.fileExists(atPath: file) ? try SQLiteJournal.openForReading(path: file) : nil
            let seen = try ObservationFile.openForReading(path: ObservationFile.path(beside: file))
            let counts = try await HistoryTransfer.export(journal: journal, observations: seen) {
                Console.output($0 + "\n")
            }
            Console.note("evenkeel: exported \(counts.words)")
        }
    }
}

extension HistoryTransfer.Counts {
    var words: String { "\(runs) runs, \(entries) entries, \(samples) samples and \(observations) observations" }
}
