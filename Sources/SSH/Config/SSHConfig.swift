// What the user's ssh configuration says about servers (ssh_config(5)).

/// A parsed configuration: the options that Evenkeel honours, and notices about what it does not.
package struct SSHConfig: Sendable {
    /// A line that has no effect here, or a wrong one.
    package struct Notice: Sendable, Hashable, CustomStringConvertible {
        package let file: String
        package let line: Int
        package let text: String

        package var description: String { "\(file):\(line): \(text)" }
    }

    /// One option with its values, where it stands.
    struct Setting: Sendable {
        let keyword: Keyword
        let values: [String]
    }

    /// Settings under the conditions that all have to hold.
    struct Block: Sendable {
        var conditions: [Condition]
        var settings: [Setting] = []
    }

    /// The options that have an effect.
    enum Keyword: String, CaseIterable, Sendable {
        case hostName = "hostname"
        case user
        case port
        case identityFile = "identityfile"
        case identityAgent = "identityagent"
        case identitiesOnly = "identitiesonly"
        case proxyJump = "proxyjump"
        case userKnownHostsFile = "userknownhostsfile"
        case globalKnownHostsFile = "globalknownhostsfile"
        case strictHostKeyChecking = "stricthostkeychecking"
        case hostKeyAlias = "hostkeyalias"
        case connectTimeout = "connecttimeout"
    }

    /// In the order of the files; each unsupported option once.
    package let notices: [Notice]
    let blocks: [Block]
    let surroundings: SSHConfigSurroundings

    /// Reads a configuration; what is wrong with it becomes a notice.
    ///
    /// - Parameters:
    ///   - text: the main file's content.
    ///   - file: its name in notices.
    package init(text: String, file: String = "~/.ssh/config", _ surroundings: SSHConfigSurroundings) {
        var reader = SSHConfigReader(surroundings)
        reader.read(text, file: file, under: [], depth: 0)
        blocks = reader.blocks
        notices = reader.notices
        self.surroundings = surroundings
    }
}

/// What a configuration refers to: the user, the environment, other files.
package struct SSHConfigSurroundings: Sendable {
    package var home: String
    package var localUser: String
    package var variable: @Sendable (_ name: String) -> String?
    /// A file's content; nil where it cannot be read.
    package var contents: @Sendable (_ path: String) -> String?
    /// The files whose paths match a glob(7) pattern, sorted.
    package var matches: @Sendable (_ pattern: String) -> [String]

    package init(
        home: String,
        localUser: String,
        variable: @escaping @Sendable (String) -> String? = { _ in nil },
        contents: @escaping @Sendable (String) -> String? = { _ in nil },
        matches: @escaping @Sendable (String) -> [String] = { _ in [] }
    ) {
        self.home = home
        self.localUser = localUser
        self.variable = variable
        self.contents = contents
        self.matches = matches
    }

    /// This process's own.
    package static func own(home: String, localUser: String) -> SSHConfigSurroundings {
        SSHConfigSurroundings(
            home: home,
            localUser: localUser,
            variable: { Platform.variable($0) },
            contents: { path in
                guard let bytes = try? Platform.contents(ofFile: path, limit: 1 << 20) else { return nil }
                return String(decoding: bytes, as: UTF8.self)
            },
            matches: { Platform.files(matching: $0) }
        )
    }

    /// A path with its leading `~` replaced.
    func absolute(_ path: String) -> String {
        path == "~" ? home : path.hasPrefix("~/") ? home + path.dropFirst() : path
    }
}

/// When a block counts.
enum SSHConfigCondition: Sendable {
    case originalHost([SSHConfigPattern])
    case host([SSHConfigPattern])
    case user([SSHConfigPattern])
    case localUser([SSHConfigPattern])
    /// A criterion that is not supported.
    case never
}

extension SSHConfig {
    typealias Condition = SSHConfigCondition
}

/// A pattern with `*` and `?`, negated by `!` (ssh_config(5), PATTERNS).
struct SSHConfigPattern: Sendable {
    private let pattern: KnownHosts.Pattern

    init(_ text: Substring) { pattern = KnownHosts.Pattern(text) }

    /// One of the patterns matches and no negated one does.
    static func holds(_ patterns: [SSHConfigPattern], for text: String) -> Bool {
        let matching = patterns.filter { $0.pattern.matches(text.lowercased()) }
        return !matching.isEmpty && !matching.contains { $0.pattern.isNegated }
    }
}
