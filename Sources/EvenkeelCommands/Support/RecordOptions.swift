import ArgumentParser
import History
import Ports

/// Where runs are recorded on this machine, for commands that only read.
struct RecordOptions: ParsableArguments {
    @Option(help: "The folder that runs are recorded in.")
    var state: String?

    @Option(help: "The cluster's name, where runs on several clusters are recorded.")
    var clusterName: String?

    func journal() throws -> SQLiteJournal {
        try SQLiteJournal.openForReading(path: try StateFolder.existing(state: state, cluster: clusterName))
    }

    /// The run of this id, or the last one.
    func pick(_ id: String?, of runs: [RunRecord], in file: String) throws -> RunRecord {
        if let run = runs.first(where: { id == nil || $0.id == id }) { return run }
        let known = runs.map(\.id).joined(separator: ", ")
        throw CommandFailure("\(file): no such run is recorded: there are \(known.isEmpty ? "none" : known)")
    }
}
