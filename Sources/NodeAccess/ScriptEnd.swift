import Playbooks
import SSH

/// How a script on a node ended, as far as this side knows.
enum ScriptEnd: Equatable {
    case exited(SSHExit, elapsed: Duration)
    /// It had not ended when its time and some more were up.
    case overdue
    /// Nothing was run: another script still ran on the node when all waiting was up.
    case busy
    case lost(SSHError)

    /// Why that is a failure, in one line; nil after success.
    func failure(limit: Duration) -> String? {
        switch self {
        case .exited(.status(let status), let elapsed):
            let code = Int32(truncatingIfNeeded: status)
            switch ScriptOutcome(exitCode: code, elapsed: elapsed, timeout: limit) {
            case .succeeded: return nil
            case .failed(let code): return "exit status \(code)"
            case .timedOut: return Self.outOfTime(limit)
            }
        case .exited(.signal(let name), let elapsed):
            // `timeout -k` sends its KILL to its whole process group, which it belongs to.
            let isTimeout = ["TERM", "KILL"].contains(name) && elapsed >= limit
            return isTimeout ? Self.outOfTime(limit) : "killed by signal \(name)"
        case .overdue: return Self.outOfTime(limit)
        case .busy:
            return "another script that Evenkeel started still runs on the node: let it end, or end it there, and go on"
        case .lost: return "the connection was lost; the script may have run, or may still run"
        }
    }

    private static func outOfTime(_ limit: Duration) -> String { "ran out of time after \(DurationText.format(limit))" }
}
