import ArgumentParser
import Foundation

/// How machines are reached. What is not given stands in the site's settings, else in the user's ssh configuration.
struct ReachOptions: ParsableArguments {
    @Option(help: "The port of sshd.")
    var port: Int?

    @Option(help: "The login name.")
    var user: String?

    @Option(help: "The private key's file, in place of an agent's keys and those of the settings.")
    var identity: String?

    @Option(help: "The file that lists the servers' keys.")
    var knownHosts: String?

    @Flag(help: "Trust servers that are not listed, and write their keys to that file.")
    var acceptNewHostKeys = false

    @Option(
        name: .customLong("jump"),
        help: "Reach them through this server, as [USER@]HOST[:PORT]; may be given several times."
    )
    var jumps: [String] = []

    func validate() throws {
        if let port, !(1...65_535).contains(port) {
            throw ValidationError("--port \(port): is out of range: 1 to 65535")
        }
    }
}

/// How scripts become root where sudo asks for a password.
struct SudoOptions: ParsableArguments {
    @Flag(help: "Ask for the password that sudo wants, on a terminal that does not show it.")
    var askSudoPassword = false

    @Option(help: "A file of your own (mode 600) whose first line is the password that sudo wants.")
    var sudoPasswordFile: String?

    func validate() throws {
        if askSudoPassword, sudoPasswordFile != nil {
            throw ValidationError(
                "--ask-sudo-password and --sudo-password-file contradict each other: give one of them"
            )
        }
    }

    /// - Parameter file: the one of the settings.
    func password(orFrom file: String?) throws -> String? {
        if askSudoPassword {
            guard SecretPrompt.canAsk else {
                throw CommandFailure(
                    "--ask-sudo-password: nobody can be asked: give --sudo-password-file",
                    code: .usage
                )
            }
            return try SecretPrompt.ask("password for sudo")
        }
        guard let file = sudoPasswordFile ?? file else { return nil }
        let line = try PrivateFile.text(of: file, what: "password").split(
            omittingEmptySubsequences: false,
            whereSeparator: \.isNewline
        ).first
        guard let line, !line.isEmpty else {
            throw CommandFailure("\(file): its first line is empty: write the password there")
        }
        return String(line)
    }
}

/// A file that nobody else may read.
enum PrivateFile {
    /// - Parameter what: what it holds, for messages; never the content.
    static func text(of file: String, what: String) throws -> String {
        guard let attributes = try? FileManager.default.attributesOfItem(atPath: file),
            let mode = attributes[.posixPermissions] as? NSNumber
        else { throw CommandFailure("\(file): there is no such file: write the \(what) there, and chmod 600 \(file)") }
        if mode.uint16Value & 0o077 != 0 {
            let shown = String(mode.uint16Value & 0o777, radix: 8)
            throw CommandFailure("\(file): its mode \(shown) lets others at the \(what): chmod 600 \(file)")
        }
        guard let data = FileManager.default.contents(atPath: file) else {
            throw CommandFailure("\(file): cannot be read: is it a file, and is it yours?")
        }
        return String(decoding: data, as: UTF8.self)
    }
}
