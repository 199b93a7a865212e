import ArgumentParser

enum Verbosity: Hashable, Sendable {
    /// Results, warnings and failures only.
    case quiet
    case normal
    /// Also what is of interest where something goes wrong.
    case verbose
}

struct VerbosityOptions: ParsableArguments {
    @Flag(help: "Show no progress; results, warnings and failures only.")
    var quiet = false

    @Flag(help: "Show more: every pod that is gone, and what each step wrote.")
    var verbose = false

    var level: Verbosity { quiet ? .quiet : verbose ? .verbose : .normal }

    mutating func validate() throws {
        if quiet, verbose { throw ValidationError("--quiet and --verbose contradict each other: give one of them") }
    }
}
