extension SiteSettings {
    /// The same settings with whole paths.
    ///
    /// - Parameters:
    ///   - folder: The folder of the settings file, which relative paths start from.
    ///   - home: The home folder, for `~/`.
    package func resolvingPaths(folder: String, home: String) -> SiteSettings {
        var settings = self
        if kubernetes.via.isEmpty {
            settings.kubernetes.kubeconfig = kubernetes.kubeconfig.map { Self.resolve($0, folder: folder, home: home) }
        }
        settings.ssh.identity = Self.resolve(ssh.identity, folder: folder, home: home)
        settings.ssh.knownHosts = Self.resolve(ssh.knownHosts, folder: folder, home: home)
        settings.ssh.config = Self.resolve(ssh.config, folder: folder, home: home)
        settings.ssh.sudoPasswordFile = ssh.sudoPasswordFile.map { Self.resolve($0, folder: folder, home: home) }
        for index in nodes.indices {
            settings.nodes[index].identity = nodes[index].identity.map { Self.resolve($0, folder: folder, home: home) }
        }
        return settings
    }

    /// A path as a settings file writes it, made whole.
    package static func resolve(_ path: String, folder: String, home: String) -> String {
        if path.hasPrefix("/") { return path }
        if path.hasPrefix("~/") { return join(home, path.dropFirst(2)) }
        return join(folder, path[...])
    }

    private static func join(_ folder: String, _ rest: Substring) -> String {
        folder.isEmpty || folder.hasSuffix("/") ? folder + rest : "\(folder)/\(rest)"
    }
}
