/// Makes what a node's shell reads on its standard input to run one script.
package enum PlaybookScript {
    /// The longest script or value, in bytes: Linux refuses a single argument or variable of 128 KiB or more
    /// (`MAX_ARG_STRLEN`), which the name and a margin share.
    package static let longestText = 96 * 1024

    /// How long a script that ignores SIGTERM goes on after its time is up.
    package static let killDelay: Duration = .seconds(10)

    /// How a script becomes root.
    package enum Become: Hashable, Sendable {
        /// It runs as the user who logs in.
        case no
        /// Through sudo, which must not ask for a password.
        case sudo
        /// Through sudo, which gets the password on its standard input if it asks: no argument ever has it.
        case sudoWithPassword(String)
    }

    /// The command that reads the rendered text on the node, and what comes before the text.
    ///
    /// Nothing of the environment has to pass sudo, since the text itself sets the variables. sudo reads a password a
    /// byte at a time and nothing after its line. Where it needs none, the line must not get to the shell that runs the
    /// script: everything before the mark is thrown away, whoever has read how much of it.
    package static func invocation(_ become: Become) -> (command: String, preamble: String) {
        switch become {
        case .no: ("sh -s", "")
        case .sudo: ("sudo -n sh -s", "")
        case .sudoWithPassword(let password):
            (
                "sudo -S -p '' sh -c 'while IFS= read -r line; do"
                    + " if [ \"$line\" = \"\(mark)\" ]; then unset line; exec sh -s; fi; done; exit 1'",
                "\(password)\n\(mark)\n"
            )
        }
    }

    private static let mark = "# the script begins"

    /// The text for the standard input of `sh -s`.
    ///
    /// Values stand in it in single quotes and reach the script as environment variables: they are never part of a
    /// shell line, nor of any process's arguments. The script runs under `sh -e` with nothing on its standard input.
    /// The whole is one compound command, so that a text cut short by a lost connection runs nothing at all. Both of the
    /// script's streams come as one, through a relay that goes on reading when nobody is there any more: a script that
    /// has begun does not die half-way of its next line of output.
    ///
    /// - Parameters:
    ///   - timeout: Enforced on the node where it has a `timeout` command; without one the caller's own limit is the
    ///     only one.
    ///   - lock: Held while the script runs; where another one holds it, nothing runs.
    package static func render(
        _ script: String,
        environment: [String: String],
        timeout: Duration,
        lock: ScriptLock? = nil
    ) throws(PlaybookScriptError) -> String {
        var lines = ["{"]
        for (name, value) in environment.sorted(by: { $0.key < $1.key }) {
            guard PlaybookEnvironment.isIdentifier(name) else { throw .badName(name) }
            guard value.utf8.count <= longestText else { throw .tooLong("variable \(name)", bytes: value.utf8.count) }
            guard !value.utf8.contains(0) else { throw .containsNUL("variable \(name)") }
            lines.append("export \(name)=\(quoted(value))")
        }
        guard script.utf8.count <= longestText else { throw .tooLong("script", bytes: script.utf8.count) }
        guard !script.utf8.contains(0) else { throw .containsNUL("script") }
        lines.append("set -- sh -ec \(quoted(script))")
        return (lines + limit(timeout) + launch(lock)).joined(separator: "\n") + "\n"
    }

    /// Puts `timeout` before the command in `$@`. A non-login shell often lacks the administrator's folders. `timeout` is
    /// tried before use: that of old busybox releases takes other options, or no `-k`.
    private static func limit(_ timeout: Duration) -> [String] {
        let limit = wholeSeconds(timeout)
        let delay = wholeSeconds(killDelay)
        return [
            "export PATH=\"${PATH:-/usr/bin:/bin}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/sbin\"",
            "if timeout -k \(delay) 9 true </dev/null >/dev/null 2>&1; then",
            "set -- timeout -k \(delay) \(limit) \"$@\"",
            "elif timeout 9 true </dev/null >/dev/null 2>&1; then",
            "set -- timeout \(limit) \"$@\"",
            "fi",
        ]
    }

    /// Runs the command in `$@` under the lock and ends with its exit code. The command has neither the lock nor the way
    /// of its exit code, or what it leaves running would keep both.
    private static func launch(_ lock: ScriptLock?) -> [String] {
        let command = "\"$@\" </dev/null 2>&1 3>&- 4>&- 9>&-"
        let guarded =
            lock == nil
            ? [command, "echo $? >&3"]
            : ScriptLock.take + [
                "if [ -n \"$_evenkeel_busy\" ]; then",
                "printf '%s\\n' '\(ScriptLock.busyMark)' >&2",
                "echo \(ScriptLock.busyCode) >&3",
                "else",
                command,
                "_evenkeel_code=$?",
                ScriptLock.giveBack,
                "echo $_evenkeel_code >&3",
                "fi",
            ]
        let relay = "{ cat >&4; cat >/dev/null; } 3>&- 2>/dev/null"
        return (lock?.find ?? []) + ["exec 4>&1", "_evenkeel_end=$( { {"] + guarded
            + ["} | \(relay); } 3>&1 )", "exit \"${_evenkeel_end:-137}\"", "}"]
    }

    /// A word that the shell reads back as exactly this text.
    package static func quoted(_ text: String) -> String {
        "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: #"'\''"#) + "'"
    }

    private static func wholeSeconds(_ duration: Duration) -> Int64 {
        let (seconds, fraction) = duration.components
        return max(1, fraction > 0 ? seconds + 1 : seconds)
    }
}

/// A script or its environment that cannot be handed to a shell.
package enum PlaybookScriptError: Error, Hashable, Sendable, CustomStringConvertible {
    case badName(String)
    /// What it is in; the value itself is never told.
    case containsNUL(String)
    case tooLong(String, bytes: Int)

    package var description: String {
        switch self {
        case .badName(let name): "\(name) is no name for an environment variable: use letters, digits and underscores"
        case .containsNUL(let what): "the \(what) contains a NUL character: take it out, a shell cannot hold one"
        case .tooLong(let what, let bytes):
            "the \(what) has \(bytes) bytes, more than \(PlaybookScript.longestText): put the bulk in a file on the node"
        }
    }
}
