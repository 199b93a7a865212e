import ClusterModel

extension SiteSettings {
    /// Reads the settings; everything that is wrong with them is reported at once. An empty file, and a key without a
    /// value, mean the defaults.
    ///
    /// - Parameter file: The name to use in complaints.
    package static func load(file: String, text: String) throws(YAMLProblems) -> SiteSettings {
        let report = YAMLReport(file: file, emptyValue: .absent)
        let root = LocatedYAML.root(of: text, report: report)
        return try report.finish(root.map(SiteSettingsReader.settings) ?? .default)
    }
}

/// Turns the parts of a settings document into values, over the defaults.
private enum SiteSettingsReader {
    static func settings(_ root: LocatedYAML) -> SiteSettings {
        guard let document = root.mapping(keys: SettingsSection.document.keys) else { return .default }
        return SiteSettings(
            cluster: document["cluster"]?.line("the cluster's name"),
            kubernetes: section(document, .kubernetes).map(KubernetesSettingsReader.kubernetes) ?? KubernetesSettings(),
            ssh: section(document, .ssh).map(ssh) ?? SSHSettings(),
            nodes: document["nodes"]?.items(of: "entries with `match`")?.compactMap(NodeSettingsReader.entry) ?? [],
            policy: section(document, .policy).map(PolicySettingsReader.policy) ?? PolicySettings(),
            windows: document["windows"]?.items(of: "windows")?.compactMap(window) ?? [],
            gates: document["gates"]?.items(of: "gates")?.compactMap(GateSettingsReader.gate) ?? [],
            hooks: document["hooks"]?.items(of: "hooks")?.compactMap(GateSettingsReader.hook) ?? [],
            timeouts: section(document, .timeouts).map(timeouts) ?? TimeoutSettings(),
            objectives: document["objectives"]?.items(of: "entries with `workload` and `availability`")?
                .compactMap(ObjectiveSettingsReader.entry) ?? [],
            probes: probes(document)
        )
    }

    private static func probes(_ document: YAMLMapping) -> [ProbeSettings] {
        let places = document["probes"]?.items(of: "entries with `workload` and what to look at") ?? []
        var named: Set<[String]> = []
        return places.compactMap { place in
            guard let probe = ProbeSettingsReader.entry(place) else { return nil }
            guard named.insert([probe.workload, probe.name]).inserted else {
                return place.complain(
                    "\(probe.workload) has a probe `\(probe.name)` already",
                    fix: "give each a `name` of its own"
                )
            }
            return probe
        }
    }

    private static func window(_ place: LocatedYAML) -> WindowSettings? {
        guard let text = place.line("the window") else { return nil }
        guard let window = WindowSettings(text) else {
            return place.complain("`\(text)` is no maintenance window", fix: WindowSettings.form)
        }
        return window
    }

    private static func section(_ document: YAMLMapping, _ section: SettingsSection) -> YAMLMapping? {
        document[section.rawValue]?.mapping(keys: section.keys)
    }

    private static func ssh(_ keys: YAMLMapping) -> SSHSettings {
        var ssh = SSHSettings()
        if let user = keys["user"]?.userName() { ssh.user = user }
        if let port = keys["port"]?.integer(in: 1...65535) { ssh.port = port }
        if let identity = keys["identity"]?.filePath() { ssh.identity = identity }
        if let agent = keys["agent"]?.boolean() { ssh.agent = agent }
        if let knownHosts = keys["knownHosts"]?.filePath() { ssh.knownHosts = knownHosts }
        if let accepts = keys["acceptNewHostKeys"]?.boolean() { ssh.acceptNewHostKeys = accepts }
        if let jump = keys["jump"]?.servers() { ssh.jump = jump }
        if let become = keys["become"]?.choice(SSHSettings.Become.self) { ssh.become = become }
        ssh.sudoPasswordFile = keys["sudoPasswordFile"]?.filePath()
        if let timeout = keys["connectTimeout"]?.duration() { ssh.connectTimeout = timeout }
        if let config = keys["config"]?.filePath() { ssh.config = config }
        ssh.written = Set(keys.entries.map(\.name).filter { keys[$0] != nil })
        return ssh
    }

    private static func timeouts(_ keys: YAMLMapping) -> TimeoutSettings {
        var timeouts = TimeoutSettings()
        if let drain = keys["drain"]?.duration() { timeouts.drain = drain }
        if let nodeReady = keys["nodeReady"]?.duration() { timeouts.nodeReady = nodeReady }
        if let recover = keys["recover"]?.duration() { timeouts.recover = recover }
        return timeouts
    }
}

extension LocatedYAML {
    /// A file's path, as written; `~/` stands for the home folder.
    func filePath() -> String? {
        guard let path = line("the path") else { return nil }
        guard !path.hasPrefix("~") || path.hasPrefix("~/") else {
            return complain("`\(path)` names another user's home", fix: "write the whole path")
        }
        return path
    }

    /// Servers on the way to others, first to last.
    func servers() -> [String]? { items(of: "servers")?.compactMap { $0.server() } }

    func server() -> String? {
        guard let server = line("the server") else { return nil }
        guard !server.contains(where: { $0.isWhitespace || $0 == "," }) else {
            return complain("`\(server)` is no server", fix: "write it as `[USER@]HOST[:PORT]`")
        }
        return server
    }

    /// A login name, without what belongs to other keys.
    func userName() -> String? {
        guard let user = line("the user") else { return nil }
        guard !user.contains(where: { $0.isWhitespace || $0 == "@" || $0 == ":" }) else {
            return complain("`\(user)` is no user name", fix: "give the host and the port in keys of their own")
        }
        return user
    }
}
