/// What a command failed with: one line for the person, one number for the script.
struct CommandFailure: Error, CustomStringConvertible {
    var description: String
    var code: ExitStatus

    init(_ description: String, code: ExitStatus = .failed) {
        self.description = description
        self.code = code
    }
}

/// The exit codes, as `docs/exit-codes.md` lists them.
enum ExitStatus: Int32 {
    case done = 0
    case failed = 1
    case nothingPlanned = 3
    case halted = 4
    case gate = 5
    case usage = 64
    case interrupted = 130
}
