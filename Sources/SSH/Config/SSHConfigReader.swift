// Turns the lines of configuration files into blocks.

struct SSHConfigReader {
    private(set) var blocks: [SSHConfig.Block] = []
    private(set) var notices: [SSHConfig.Notice] = []
    private let surroundings: SSHConfigSurroundings
    private var said: Set<String> = []
    private var included = 0

    /// As deep as OpenSSH goes.
    private static let deepest = 16
    /// Files that include each other many times over would never end otherwise.
    private static let mostFiles = 256

    /// Options without a bearing on what Evenkeel does; nothing needs to be said about them.
    private static let harmless: Set<String> = [
        "addkeystoagent", "batchmode", "canonicaldomains", "checkhostip", "clearallforwardings", "compression",
        "controlmaster", "controlpath", "controlpersist", "escapechar", "exitonforwardfailure", "forwardagent",
        "forwardx11", "forwardx11trusted", "gssapiauthentication", "gssapidelegatecredentials", "hashknownhosts",
        "ignoreunknown", "loglevel", "numberofpasswordprompts", "passwordauthentication", "permitlocalcommand",
        "preferredauthentications", "pubkeyauthentication", "kbdinteractiveauthentication", "rekeylimit", "requesttty",
        "sendenv", "serveralivecountmax", "serveraliveinterval", "streamlocalbindunlink", "tcpkeepalive",
        "updatehostkeys", "visualhostkey", "xauthlocation", "usekeychain",
    ]

    init(_ surroundings: SSHConfigSurroundings) { self.surroundings = surroundings }

    mutating func read(_ text: String, file: String, under conditions: [SSHConfig.Condition], depth: Int) {
        var current = SSHConfig.Block(conditions: conditions)
        let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        for (offset, line) in lines.enumerated() {
            let place = Place(file: file, line: offset + 1)
            guard let words = words(of: line, place), let keyword = words.first?.lowercased() else { continue }
            let values = Array(words.dropFirst())
            guard !values.isEmpty else {
                say("\(words[0]) has no value", place)
                continue
            }
            switch keyword {
            case "host":
                blocks.append(current)
                let patterns = values.map { SSHConfigPattern($0[...]) }
                current = SSHConfig.Block(conditions: conditions + [.originalHost(patterns)])
            case "match":
                blocks.append(current)
                current = SSHConfig.Block(conditions: conditions + match(values, place))
            case "include":
                blocks.append(current)
                include(values, place, under: current.conditions, depth: depth)
                current.settings = []
            default: add(keyword, values, place, to: &current)
            }
        }
        blocks.append(current)
    }

    // MARK: Lines

    private struct Place {
        let file: String
        let line: Int
    }

    /// The keyword and its values; nil for a line without.
    private mutating func words(of line: Substring, _ place: Place) -> [String]? {
        var rest = line.drop(while: \.isWhitespace)
        guard let first = rest.first, first != "#" else { return nil }
        let keyword = rest.prefix { !$0.isWhitespace && $0 != "=" }
        rest = rest.dropFirst(keyword.count).drop(while: \.isWhitespace)
        if rest.first == "=" { rest = rest.dropFirst() }
        guard let values = Self.values(rest) else {
            say("a quotation mark has no end", place)
            return nil
        }
        return [String(keyword)] + values
    }

    /// Words between blanks, or between double quotation marks; nil where one is left open.
    private static func values(_ text: Substring) -> [String]? {
        var words: [String] = []
        var word = ""
        var (isQuoted, hasWord) = (false, false)
        for character in text {
            switch character {
            case "\"":
                isQuoted.toggle()
                hasWord = true
            case "#" where !isQuoted && !hasWord:
                return words
            case _ where character.isWhitespace && !isQuoted:
                if hasWord { words.append(word) }
                (word, hasWord) = ("", false)
            default:
                word.append(character)
                hasWord = true
            }
        }
        if hasWord { words.append(word) }
        return isQuoted ? nil : words
    }

    private mutating func add(_ keyword: String, _ values: [String], _ place: Place, to block: inout SSHConfig.Block) {
        guard let known = SSHConfig.Keyword(rawValue: keyword) else {
            if !Self.harmless.contains(keyword), said.insert(keyword).inserted {
                say("\(keyword) is not supported and has no effect here", place)
            }
            return
        }
        guard complaint(about: known, values).map({ say($0, place) }) == nil else { return }
        block.settings.append(SSHConfig.Setting(keyword: known, values: values))
    }

    private func complaint(about keyword: SSHConfig.Keyword, _ values: [String]) -> String? {
        let value = values[0]
        switch keyword {
        case .port:
            return Int(value).map { (1...65_535).contains($0) } == true ? nil : "port takes a number from 1 to 65535"
        case .connectTimeout:
            return Int(value).map { $0 > 0 } == true ? nil : "connecttimeout takes a number of seconds"
        case .identitiesOnly:
            return ["yes", "no"].contains(value.lowercased()) ? nil : "identitiesonly takes yes or no"
        case .strictHostKeyChecking:
            switch value.lowercased() {
            case "yes", "ask", "accept-new": return nil
            case "no", "off": return "stricthostkeychecking \(value) is not supported: unknown host keys stay refused"
            default: return "stricthostkeychecking takes yes, ask or accept-new"
            }
        case .proxyJump: return SSHJumpHost.list(value) == nil ? "proxyjump takes [USER@]HOST[:PORT],…" : nil
        case .hostName, .user, .identityFile, .identityAgent, .userKnownHostsFile, .globalKnownHostsFile, .hostKeyAlias:
            return nil
        }
    }

    private mutating func say(_ text: String, _ place: Place) {
        notices.append(SSHConfig.Notice(file: place.file, line: place.line, text: text))
    }

    // MARK: Match and Include

    private mutating func match(_ words: [String], _ place: Place) -> [SSHConfig.Condition] {
        var conditions: [SSHConfig.Condition] = []
        var rest = words[...]
        while let word = rest.popFirst() {
            if word.lowercased() == "all" { continue }
            let patterns = rest.popFirst()?.split(separator: ",").map(SSHConfigPattern.init)
            switch (word.lowercased(), patterns) {
            case ("host", let patterns?): conditions.append(.host(patterns))
            case ("originalhost", let patterns?): conditions.append(.originalHost(patterns))
            case ("user", let patterns?): conditions.append(.user(patterns))
            case ("localuser", let patterns?): conditions.append(.localUser(patterns))
            default:
                say("match \(word) is not supported: the lines under it have no effect here", place)
                return [.never]
            }
        }
        return conditions
    }

    private mutating func include(
        _ patterns: [String],
        _ place: Place,
        under conditions: [SSHConfig.Condition],
        depth: Int
    ) {
        guard depth < Self.deepest else { return say("include goes too deep", place) }
        for pattern in patterns {
            let path = surroundings.absolute(pattern)
            let files = surroundings.matches(path.hasPrefix("/") ? path : "\(surroundings.home)/.ssh/\(path)")
            for file in files {
                included += 1
                guard included <= Self.mostFiles else { return say("too many files are included", place) }
                guard let text = surroundings.contents(file) else {
                    say("cannot read \(file)", place)
                    continue
                }
                read(text, file: file, under: conditions, depth: depth + 1)
            }
        }
    }
}
