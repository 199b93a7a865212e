import GRDB

/// Why the record of runs cannot be read or written.
package enum HistoryError: Error, Hashable, Sendable {
    /// There is no file to read.
    case noRuns(file: String)
    /// A later release of this program has written the file.
    case newerSchema(file: String)
    /// A SQLite file, but another program's.
    case foreign(file: String)
    /// No SQLite file, or one with damaged pages.
    case damaged(file: String)
    /// The folder or the file cannot be made or opened.
    case cannotOpen(file: String, reason: String)
    /// A statement failed: disk full, no permission, locked for too long.
    case failed(file: String, reason: String)
    /// A line of the record that this release cannot read.
    case unreadable(file: String, run: String, sequence: Int64)
    /// An entry that is not as it was written, or whose predecessor is missing.
    case broken(file: String, run: String, sequence: Int64)
    /// Another run has this id.
    case runExists(file: String, run: String)
    /// There is no such run.
    case noSuchRun(file: String, run: String)
}

extension HistoryError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .noRuns(let file):
            "no runs are recorded in \(file): run one first or name another with --state"
        case .newerSchema(let file):
            "\(file) was written by a newer evenkeel: use that release, or name another folder with --state"
        case .foreign(let file):
            "\(file) belongs to another program: name another folder with --state"
        case .damaged(let file):
            "\(file) is damaged or no SQLite file: restore it from a copy, or move it away and start anew"
        case .cannotOpen(let file, let reason):
            "cannot open \(file): \(reason); name another folder with --state"
        case .failed(let file, let reason):
            "cannot use \(file): \(reason); check the disk's room and the file's permissions"
        case .unreadable(let file, let run, let sequence):
            "\(file) holds an entry that cannot be read (run \(run), entry \(sequence)): use the release that wrote it"
        case .broken(let file, let run, let sequence):
            "\(file) is damaged: entry \(sequence) of run \(run) is not as it was written, or the one before it is missing: "
                + "restore the file from a copy, or look at the cluster's nodes before you move it away and plan anew"
        case .runExists(let file, let run):
            "\(file) holds another run \(run) already: resume that one, or name another folder with --state"
        case .noSuchRun(let file, let run):
            "no run \(run) is recorded in \(file): list the runs, or name another folder with --state"
        }
    }
}

extension HistoryError {
    /// What SQLite says, in our words.
    init(_ error: DatabaseError, file: String) {
        switch error.resultCode {
        case .SQLITE_NOTADB, .SQLITE_CORRUPT: self = .damaged(file: file)
        case .SQLITE_CANTOPEN: self = .cannotOpen(file: file, reason: error.message ?? "no reason given")
        default: self = .failed(file: file, reason: error.message ?? "no reason given")
        }
    }
}
