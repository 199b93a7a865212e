import Playbooks
package import Ports
package import SSH

/// A node as the way to something behind it: a file that is read, and connections that it carries on.
extension SSHNodeShell {
    /// Reads the first of some files that is there, as the user who logs in, and as root where that user may not and
    /// steps may become root. The node's connection stays open.
    ///
    /// - Returns: the file's path and its text, which nothing else keeps.
    /// - Throws: ``SSHError``, or ``NodeFileError``.
    package func text(ofFirst paths: [String], on node: NodeTarget) async throws -> (path: String, text: String) {
        let script = Self.reading(paths)
        let found = try await read(script, .no, on: node)
        if case .text(let path, let text) = found { return (path, text) }
        let become = options.become(PlaybookStep(name: "read", timeout: Self.shortLimit), user: node.ssh.user)
        let user = node.ssh.user
        guard become != .no else {
            throw found.error(node.node, paths, user: user, isRoot: user == options.rootName)
        }
        let asRoot = try await read(script, become, on: node)
        if case .text(let path, let text) = asRoot { return (path, text) }
        // What sudo says is of no matter where nothing shows that there is anything to read.
        if case .failed(let words) = asRoot { throw NodeFileError.sudoRefused(node.node, user: user, words: words) }
        throw asRoot.error(node.node, paths, user: user, isRoot: true)
    }

    /// Listens on a port of the loopback; each connection to it goes through the node to `host` and `port`, as that is
    /// seen from there.
    ///
    /// - Parameter onFailure: told why the node made no such connection.
    package func forward(
        through node: NodeTarget,
        to host: String,
        port: Int,
        onFailure: @escaping @Sendable (any Error) -> Void
    ) async throws -> SSHForwarding {
        try await reconnectingOnce(node) { connection in
            try await connection.forward(to: host, port: port, onFailure: onFailure)
        }
    }

    /// Whether the node's connection stands and a command runs over it.
    package func answers(_ node: NodeTarget) async -> Bool {
        guard let connection = present(node) else { return false }
        let result = try? await connection.execute("true", timeout: Self.signOfLife)
        return result?.succeeded == true
    }

    private static let signOfLife: Duration = .seconds(5)

    private static let isUnreadable = 77
    private static let isMissing = 78

    private static func reading(_ paths: [String]) -> String {
        """
        set -- \(paths.map(PlaybookScript.quoted).joined(separator: " "))
        found=
        for file; do
            if test -f "$file" && test -r "$file"; then
                printf '%s\\n' "$file"
                cat "$file"
                exit
            elif test -e "$file"; then found=${found:-$file}
            fi
        done
        test -n "$found" || exit \(isMissing)
        printf '%s\\n' "$found"
        exit \(isUnreadable)

        """
    }

    fileprivate enum Found {
        case text(path: String, String)
        case unreadable(path: String)
        case missing
        case failed(String)

        func error(_ node: String, _ paths: [String], user: String, isRoot: Bool) -> NodeFileError {
            switch self {
            case .unreadable(let path), .text(let path, _):
                .unreadable(node, path: path, user: user, isRoot: isRoot)
            case .missing: .missing(node, paths: paths)
            case .failed(let words): .failed(node, words: words)
            }
        }
    }

    private func read(_ script: String, _ become: PlaybookScript.Become, on node: NodeTarget) async throws -> Found {
        let (command, preamble) = PlaybookScript.invocation(become)
        let result = try await reconnectingOnce(node) { connection in
            try await connection.execute(command, standardInput: preamble + script, timeout: Self.shortLimit)
        }
        let output = result.standardOutput.text
        let path = String(output.prefix { !$0.isNewline })
        switch result.exit {
        case .status(0): return .text(path: path, String(output.dropFirst(path.count + 1)))
        case .status(Self.isUnreadable): return .unreadable(path: path)
        case .status(Self.isMissing): return .missing
        default:
            return .failed(result.standardError.text.split(whereSeparator: \.isNewline).last.map(String.init) ?? "")
        }
    }
}

/// Why a file on a node was not read.
package enum NodeFileError: Error, Hashable, Sendable {
    case missing(String, paths: [String])
    case unreadable(String, path: String, user: String, isRoot: Bool)
    case sudoRefused(String, user: String, words: String)
    case failed(String, words: String)
}

extension NodeFileError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .missing(let node, let paths):
            "\(node): there is no \(paths.joined(separator: ", no ")): is it a control-plane node?"
        case .unreadable(let node, let path, _, true):
            "\(node): \(path) is there, but cannot be read even as root: is it a file?"
        case .unreadable(let node, let path, let user, false):
            "\(node): \(path) cannot be read by \(user), and ssh.become is none: let sudo be used, or log in as root"
        case .sudoRefused(let node, let user, let words):
            "\(node): what only root may read cannot be read: \(user) cannot become root"
                + (words.isEmpty ? "" : " (\(words))")
                + ": allow \(user) sudo without a password, or name the file of its password in ssh.sudoPasswordFile"
        case .failed(let node, let words):
            "\(node): no file can be read there" + (words.isEmpty ? "" : " (\(words))")
                + ": does a shell run for that user?"
        }
    }
}
