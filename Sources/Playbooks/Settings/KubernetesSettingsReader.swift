import FoundationEssentials

/// Turns the entries of `kubernetes` into values.
enum KubernetesSettingsReader {
    static func kubernetes(_ keys: YAMLMapping) -> KubernetesSettings {
        let via = keys["via"]?.oneOrMore(of: "nodes") { $0.server() } ?? []
        let endpoints = keys["endpoints"]?.oneOrMore(of: "URLs", endpoint) ?? []
        if !via.isEmpty, !endpoints.isEmpty {
            keys["endpoints"]?.complain(
                "the API is reached through `via`",
                fix: "keep one of them: through a node, its own kubeconfig names the API server"
            )
        }
        return KubernetesSettings(
            kubeconfig: keys["kubeconfig"].flatMap { via.isEmpty ? $0.filePath() : pathOnNode($0) },
            context: keys["context"]?.line("the context"),
            endpoints: endpoints,
            via: via
        )
    }

    private static func pathOnNode(_ place: LocatedYAML) -> String? {
        guard let path = place.line("the path") else { return nil }
        guard path.hasPrefix("/") else {
            return place.complain(
                "with `via` the kubeconfig is a file on that node, and `\(path)` is no whole path",
                fix: "write it from `/` on, or leave it out for the usual ones"
            )
        }
        return path
    }

    private static func endpoint(_ place: LocatedYAML) -> String? {
        guard let text = place.line("the URL") else { return nil }
        guard let url = URL(string: text), ["http", "https"].contains(url.scheme), url.host()?.isEmpty == false else {
            return place.complain("`\(text)` is no URL of an API server", fix: "write it as `https://10.0.0.1:6443`")
        }
        return text
    }
}

extension LocatedYAML {
    /// The items of a list, or the only one where no list is written.
    func oneOrMore<Item>(of what: String, _ item: (LocatedYAML) -> Item?) -> [Item]? {
        if written != nil { return item(self).map { [$0] } }
        return items(of: what)?.compactMap(item)
    }
}
