/// How a script ended.
package enum ScriptOutcome: Hashable, Sendable {
    case succeeded
    case failed(code: Int32)
    case timedOut

    /// Judges an exit code.
    ///
    /// `timeout` of coreutils answers 124, or 137 after it had to kill; busybox's leaves the script's own end, 143 or
    /// 137. A script can end with these by itself, so they mean a timeout only once the time is up.
    ///
    /// - Parameter elapsed: From before the script was handed over until its end was known.
    package init(exitCode: Int32, elapsed: Duration, timeout: Duration) {
        switch exitCode {
        case 0: self = .succeeded
        case 124, 137, 143: self = elapsed >= timeout ? .timedOut : .failed(code: exitCode)
        default: self = .failed(code: exitCode)
        }
    }
}
