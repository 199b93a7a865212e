/// What every script is told about its node and its run, apart from the playbook's inputs.
package struct PlaybookEnvironment: Hashable, Sendable {
    package var node: String
    package var role: PlaybookRole
    /// The node's version before, as `v1.35.4`; empty where the campaign is no upgrade.
    package var fromVersion: String
    /// The version the node is to have; empty where the campaign is no upgrade.
    package var targetVersion: String
    package var runID: String

    package init(
        node: String,
        role: PlaybookRole,
        fromVersion: String = "",
        targetVersion: String = "",
        runID: String
    ) {
        self.node = node
        self.role = role
        self.fromVersion = fromVersion
        self.targetVersion = targetVersion
        self.runID = runID
    }

    /// The variables that a script sees.
    ///
    /// - Parameter inputs: The playbook's resolved inputs; they never replace a variable of Evenkeel's own.
    package func variables(inputs: [String: String] = [:]) -> [String: String] {
        let own = [
            "NODE": node, "ROLE": role.rawValue, Self.fromVersionName: fromVersion,
            Self.targetVersionName: targetVersion, "RUN_ID": runID,
        ]
        return own.merging(inputs) { own, _ in own }
    }

    /// The names that Evenkeel sets, in the order of the documentation.
    package static let names = ["NODE", "ROLE", fromVersionName, targetVersionName, "RUN_ID"]

    package static let fromVersionName = "FROM_VERSION"
    package static let targetVersionName = "TARGET_VERSION"

    /// Names that the shell or the loader gives a meaning to: as an input they would change how scripts run.
    private static let ofTheShell: Set<String> = [
        "BASHOPTS", "BASH_ENV", "CDPATH", "ENV", "EUID", "HOME", "IFS", "LINENO", "OLDPWD", "OPTARG", "OPTIND",
        "PATH", "PPID", "PS1", "PS2", "PS4", "PWD", "SHELL", "SHELLOPTS", "UID", "_",
    ]

    /// Whether a name is a shell identifier (POSIX 3.235: letters, digits and underscores, no digit first).
    static func isIdentifier(_ name: String) -> Bool {
        let isLetter = { (byte: UInt8) in (byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7A || byte == 0x5F }
        guard let first = name.utf8.first, isLetter(first) else { return false }
        return name.utf8.allSatisfy { isLetter($0) || ($0 >= 0x30 && $0 <= 0x39) }
    }

    /// Whether an input of this name would change how the shell or the loader works.
    static func isTheShells(_ name: String) -> Bool {
        ofTheShell.contains(name) || ["LD_", "BASH_FUNC_", "_evenkeel_"].contains { name.hasPrefix($0) }
    }
}
