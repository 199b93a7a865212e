import ClusterModel

/// Turns the entries of `nodes` into values.
enum NodeSettingsReader {
    static func entry(_ place: LocatedYAML) -> NodeSettings? {
        guard let keys = place.mapping(keys: SettingsSection.node.keys) else { return nil }
        let match = keys.required("match").flatMap(match)
        guard let ssh = keys.required("ssh")?.mapping(keys: SettingsSection.nodeSSH.keys) else { return nil }
        let host = ssh["host"].flatMap(host)
        let port = ssh["port"]?.integer(in: 1...65535)
        let user = ssh["user"]?.userName()
        let identity = ssh["identity"]?.filePath()
        let jump = ssh["jump"]?.servers()
        guard let match else { return nil }
        if case .name(let pattern) = match, pattern.hasWildcard {
            ssh["host"]?.complain("one host for every node that matches `\(pattern)`", fix: "match one name")
        }
        return NodeSettings(match: match, host: host, port: port, user: user, identity: identity, jump: jump)
    }

    private static func match(_ place: LocatedYAML) -> NodeSettings.Match? {
        guard let keys = place.mapping(keys: SettingsSection.nodeMatch.keys) else { return nil }
        switch (keys["name"], keys["label"]) {
        case (let name?, nil): return name.line("the name").map { .name(GlobPattern($0)) }
        case (nil, let label?):
            return label.selector().map { .label($0) }
        case (nil, nil): return place.complain("matches nothing", fix: "give `name` or `label`")
        case (_?, _?):
            return place.complain("has both `name` and `label`", fix: "keep one; make two entries for either")
        }
    }

    private static func host(_ place: LocatedYAML) -> String? {
        guard let host = place.line("the host") else { return nil }
        guard !host.contains(where: { $0.isWhitespace || $0 == "@" || $0 == "/" }) else {
            return place.complain(
                "`\(host)` is no host name or address",
                fix: "give user and port in keys of their own"
            )
        }
        return host
    }
}

extension LocatedYAML {
    func selector() -> LabelSelector? {
        guard let text = line("the selector") else { return nil }
        guard let selector = LabelSelector(text: text) else {
            return complain("`\(text)` is no label selector", fix: "write it as `pool=gpu` or `zone in (a, b)`")
        }
        return selector
    }
}
