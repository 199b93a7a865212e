// A configuration's answer for one server.

/// How the user's configuration reaches a server.
package struct SSHConfigHost: Sendable, Equatable {
    /// Where to connect to.
    package var host: String
    package var port: Int?
    package var user: String?
    /// Key files in the order to try; `~` and tokens are replaced.
    package var identityFiles: [String] = []
    package var agent = Agent.environment
    /// The agent may offer only the keys of `identityFiles`.
    package var identitiesOnly = false
    /// Through which servers, first to last.
    package var jumps: [SSHJumpHost] = []
    /// The user's files and those of the machine; nil for the usual ones.
    package var knownHostsFiles: [String]?
    package var acceptsNewHostKeys = false
    /// The name under which the server's key is listed, where it is not `host`.
    package var hostKeyAlias: String?
    package var connectTimeout: Duration?

    package enum Agent: Sendable, Equatable {
        /// The one that `SSH_AUTH_SOCK` names.
        case environment
        case socket(String)
        case none
    }
}

/// One server on the way to another, as ProxyJump writes it.
package struct SSHJumpHost: Sendable, Hashable {
    package let host: String
    package let port: Int?
    package let user: String?

    /// `[USER@]HOST[:PORT]`, or an `ssh://` URI; the host may be an address in brackets.
    package init?(_ text: some StringProtocol) {
        var rest = String(text)[...]
        if rest.hasPrefix("ssh://") { rest = rest.dropFirst(6) }
        user = rest.lastIndex(of: "@").map { String(rest[..<$0]) }
        if let at = rest.lastIndex(of: "@") { rest = rest[rest.index(after: at)...] }
        var number: Substring?
        if rest.hasPrefix("[") {
            guard let end = rest.firstIndex(of: "]") else { return nil }
            let after = rest[rest.index(after: end)...]
            guard after.isEmpty || after.hasPrefix(":") else { return nil }
            number = after.isEmpty ? nil : after.dropFirst()
            rest = rest[..<end].dropFirst()
        } else if let colon = rest.lastIndex(of: ":"), rest.firstIndex(of: ":") == colon {
            number = rest[rest.index(after: colon)...]
            rest = rest[..<colon]
        }
        port = number.flatMap { Int($0) }
        host = String(rest)
        let isPort = number == nil || port.map { (1...65_535).contains($0) } == true
        guard isPort, !host.isEmpty, user?.isEmpty != true, !host.contains(where: \.isWhitespace) else { return nil }
    }

    /// A list with commas; empty for `none`.
    package static func list(_ text: String) -> [SSHJumpHost]? {
        if text.lowercased() == "none" { return [] }
        let parts = text.split(separator: ",", omittingEmptySubsequences: false)
        let hosts = parts.compactMap { SSHJumpHost($0) }
        return hosts.count == parts.count ? hosts : nil
    }
}

extension SSHConfig {
    /// What holds for a server: of each option the first value whose conditions hold, of key files all.
    ///
    /// - Parameters:
    ///   - name: the server as the user names it.
    ///   - user: the login name, where something else has settled it already.
    package func host(_ name: String, user: String? = nil) -> SSHConfigHost {
        var lookup = Lookup(name: name, user: user, surroundings: surroundings)
        for block in blocks where block.conditions.allSatisfy(lookup.holds) {
            for setting in block.settings { lookup.take(setting) }
        }
        return lookup.host
    }

    /// The values found so far.
    private struct Lookup {
        let name: String
        let givenUser: String?
        let surroundings: SSHConfigSurroundings
        private var values: [Keyword: [String]] = [:]

        init(name: String, user: String?, surroundings: SSHConfigSurroundings) {
            self.name = name
            givenUser = user
            self.surroundings = surroundings
        }

        mutating func take(_ setting: Setting) {
            if setting.keyword == .identityFile {
                values[.identityFile, default: []] += setting.values.prefix(1)
            } else if values[setting.keyword] == nil {
                values[setting.keyword] = setting.values
            }
        }

        func holds(_ condition: Condition) -> Bool {
            switch condition {
            case .originalHost(let patterns): SSHConfigPattern.holds(patterns, for: name)
            case .host(let patterns): SSHConfigPattern.holds(patterns, for: hostName)
            case .user(let patterns): SSHConfigPattern.holds(patterns, for: user ?? surroundings.localUser)
            case .localUser(let patterns): SSHConfigPattern.holds(patterns, for: surroundings.localUser)
            case .never: false
            }
        }

        private func first(_ keyword: Keyword) -> String? { values[keyword]?.first }
        private var user: String? { givenUser ?? first(.user) }
        private var port: Int? { first(.port).flatMap { Int($0) } }

        private var hostName: String {
            guard let text = first(.hostName) else { return name }
            return SSHConfigTokens.replace(in: text, ["h": name, "n": name])
        }

        var host: SSHConfigHost {
            var host = SSHConfigHost(host: hostName, port: port, user: user)
            host.identityFiles = (values[.identityFile] ?? []).filter { $0.lowercased() != "none" }.map(path)
            host.agent = agent
            host.identitiesOnly = first(.identitiesOnly)?.lowercased() == "yes"
            host.jumps = first(.proxyJump).map(expand).flatMap(SSHJumpHost.list) ?? []
            let files = [Keyword.userKnownHostsFile, .globalKnownHostsFile].flatMap { values[$0] ?? [] }
            if !files.isEmpty { host.knownHostsFiles = files.filter { $0.lowercased() != "none" }.map(path) }
            host.acceptsNewHostKeys = first(.strictHostKeyChecking)?.lowercased() == "accept-new"
            host.hostKeyAlias = first(.hostKeyAlias)
            host.connectTimeout = first(.connectTimeout).flatMap { Int($0) }.map { .seconds($0) }
            return host
        }

        private var agent: SSHConfigHost.Agent {
            guard let text = first(.identityAgent) else { return .environment }
            if text.lowercased() == "none" { return .none }
            if text == "SSH_AUTH_SOCK" { return .environment }
            if text.hasPrefix("$"), !text.hasPrefix("${") {
                return surroundings.variable(String(text.dropFirst())).map { .socket($0) } ?? .none
            }
            return .socket(path(text))
        }

        private func path(_ text: String) -> String {
            surroundings.absolute(SSHConfigTokens.replaceVariables(in: expand(text), surroundings.variable))
        }

        private func expand(_ text: String) -> String {
            SSHConfigTokens.replace(
                in: text,
                [
                    "d": surroundings.home, "h": hostName, "n": name, "p": "\(port ?? 22)",
                    "r": user ?? surroundings.localUser, "u": surroundings.localUser,
                ]
            )
        }
    }
}

/// Replaces `%x` and `${NAME}` (ssh_config(5), TOKENS).
enum SSHConfigTokens {
    /// A token that is not in the table stays as it is.
    static func replace(in text: String, _ table: [Character: String]) -> String {
        var result = ""
        var rest = text[...]
        while let character = rest.popFirst() {
            guard character == "%", let token = rest.first else {
                result.append(character)
                continue
            }
            rest = rest.dropFirst()
            result += token == "%" ? "%" : table[token] ?? "%\(token)"
        }
        return result
    }

    /// A variable that is not set is replaced by nothing.
    static func replaceVariables(in text: String, _ variable: (String) -> String?) -> String {
        var result = ""
        var rest = text[...]
        while let start = rest.firstRange(of: "${"), let end = rest[start.upperBound...].firstIndex(of: "}") {
            result += rest[..<start.lowerBound]
            result += variable(String(rest[start.upperBound..<end])) ?? ""
            rest = rest[rest.index(after: end)...]
        }
        return result + rest
    }
}
