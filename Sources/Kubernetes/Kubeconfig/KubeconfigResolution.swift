import Foundation

/// Follows the names from context to cluster and user, and reads what they point at.
struct KubeconfigResolution {
    let files: [(path: String, file: KubeconfigFile)]
    /// Whether it lies on another machine: the files and programs that it names are there, not here.
    var isRemote = false

    private var allPaths: String { files.map(\.path).joined(separator: ", ") }

    func resolve(context wanted: String?) throws(KubeconfigError) -> Kubeconfig {
        let current = files.lazy.compactMap(\.file.currentContext).first { !$0.isEmpty }
        guard let name = wanted ?? current else {
            let known = files.flatMap { $0.file.contexts ?? [] }.map(\.name)
            throw KubeconfigError.noCurrentContext(allPaths, known: known)
        }
        let context = try find(name, "context", \.contexts, \.name).entry.context
        let (named, place) = try find(context.cluster, "cluster", \.clusters, \.name)
        let cluster = named.cluster
        try check(cluster, place)
        var config = Kubeconfig(
            context: name,
            server: cluster.server,
            authority: try material(cluster.authorityData, cluster.authorityFile, "certificate-authority", place),
            skipsVerification: cluster.skipsVerification ?? false,
            serverName: cluster.serverName,
            proxy: cluster.proxy
        )
        if let user = context.user, !user.isEmpty { try addUser(user, to: &config) }
        return config
    }

    private func addUser(_ name: String, to config: inout Kubeconfig) throws(KubeconfigError) {
        let (named, place) = try find(name, "user", \.users, \.name)
        let user = named.user
        if let unsupported = user.unsupported { throw KubeconfigError.unsupported(place, what: unsupported) }
        if isRemote, user.exec != nil { throw KubeconfigError.notWhole(place, what: "a program that gives tokens") }
        config.certificate = try material(user.certificateData, user.certificateFile, "client-certificate", place)
        config.key = try material(user.keyData, user.keyFile, "client-key", place)
        if (config.certificate == nil) != (config.key == nil) {
            let missing = config.key == nil ? "client-key" : "client-certificate"
            throw KubeconfigError.broken(place, why: "user \u{201C}\(name)\u{201D} has no \(missing)")
        }
        if let exec = user.exec { config.plugin = plugin(exec, place) }
        config.token = user.token
        if user.token == nil, let file = user.tokenFile {
            _ = try text(file, place)
            config.tokenFile = absolute(file, place)
        }
    }

    private func plugin(_ exec: KubeconfigFile.Exec, _ place: String) -> CredentialPlugin {
        // A bare name is looked up as a shell does; anything else is a file.
        let command = exec.command.contains("/") ? absolute(exec.command, place) : exec.command
        return CredentialPlugin(
            command: command,
            arguments: exec.args ?? [],
            environment: Dictionary((exec.env ?? []).map { ($0.name, $0.value) }, uniquingKeysWith: { $1 }),
            apiVersion: exec.apiVersion,
            hint: exec.installHint,
            source: place
        )
    }

    private func check(_ cluster: KubeconfigFile.ClusterEntry, _ place: String) throws(KubeconfigError) {
        if isRemote, cluster.proxy != nil { throw KubeconfigError.notWhole(place, what: "a proxy") }
        if let proxy = cluster.proxy, URL(string: proxy)?.scheme != "http" || URL(string: proxy)?.host() == nil {
            throw KubeconfigError.unsupported(place, what: "the proxy-url \(proxy), which is not an http one,")
        }
        let url = URL(string: cluster.server)
        guard let scheme = url?.scheme, ["http", "https"].contains(scheme), url?.host() != nil else {
            throw KubeconfigError.broken(place, why: "server \u{201C}\(cluster.server)\u{201D} is no http or https URL")
        }
    }

    private func find<Entry>(
        _ name: String,
        _ kind: String,
        _ entries: KeyPath<KubeconfigFile, [Entry]?>,
        _ key: KeyPath<Entry, String>
    ) throws(KubeconfigError) -> (entry: Entry, path: String) {
        var known: [String] = []
        for (path, file) in files {
            for entry in file[keyPath: entries] ?? [] {
                if entry[keyPath: key] == name { return (entry, path) }
                known.append(entry[keyPath: key])
            }
        }
        throw KubeconfigError.unknown(allPaths, kind: kind, name: name, known: known)
    }

    /// PEM that stands in the kubeconfig itself, or in a file that it names.
    private func material(
        _ data: String?,
        _ file: String?,
        _ key: String,
        _ place: String
    ) throws(KubeconfigError) -> Kubeconfig.Material? {
        if let data, !data.isEmpty {
            guard let decoded = Data(base64Encoded: data, options: .ignoreUnknownCharacters) else {
                throw KubeconfigError.broken(place, why: "\(key)-data is no base64")
            }
            return Kubeconfig.Material(pem: String(decoding: decoded, as: UTF8.self), source: "\(place) (\(key)-data)")
        }
        guard let file, !file.isEmpty else { return nil }
        return Kubeconfig.Material(pem: try text(file, place), source: absolute(file, place))
    }

    private func text(_ file: String, _ place: String) throws(KubeconfigError) -> String {
        if isRemote { throw KubeconfigError.notWhole(place, what: "the file \(file)") }
        let path = absolute(file, place)
        guard let data = FileManager.default.contents(atPath: path) else {
            throw KubeconfigError.unreadable(place, file: path)
        }
        return String(decoding: data, as: UTF8.self)
    }

    /// Files are named relative to the kubeconfig that names them.
    private func absolute(_ file: String, _ place: String) -> String {
        URL(fileURLWithPath: file, relativeTo: URL(fileURLWithPath: place).deletingLastPathComponent()).path
    }
}
