import ClusterModel

/// Turns the entries of `probes` into values.
enum ProbeSettingsReader {
    private static let kinds = ["http", "tcp", "command", "prometheus"]

    static func entry(_ place: LocatedYAML) -> ProbeSettings? {
        guard let keys = place.mapping(keys: SettingsSection.probe.keys) else { return nil }
        let workload = keys.required("workload").flatMap(workload)
        guard let target = target(keys), let workload else { return nil }
        let isActive = ProbeSettings(workload: workload, name: "", target: target.value).isActive
        var probe = ProbeSettings(
            workload: workload,
            name: keys["name"]?.line("the probe's name") ?? target.name,
            target: target.value,
            interval: isActive ? .seconds(1) : .seconds(15)
        )
        if let interval = keys["every"]?.interval(in: isActive ? 100...3_600_000 : 1000...86_400_000) {
            probe.interval = interval
        }
        if let timeout = keys["timeout"]?.interval(in: 50...60_000) { probe.timeout = timeout }
        probe.via = keys["via"]?.line("the node")
        if !isActive, let via = keys["via"] { return via.complain("Prometheus is asked straight from here") }
        return probe
    }

    private static func workload(_ place: LocatedYAML) -> String? {
        guard let text = place.line("the workload") else { return nil }
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, !parts.contains(where: \.isEmpty), !text.contains("*") else {
            return place.complain("`\(text)` names no workload", fix: "write `NAMESPACE/NAME`, such as `shop/web`")
        }
        return text
    }

    private static func target(_ keys: YAMLMapping) -> (value: ProbeSettings.Target, name: String)? {
        let given = kinds.filter { keys[$0] != nil }
        guard given.count == 1, let kind = given.first, let value = keys[kind] else {
            return keys.place.complain("a probe looks at one thing", fix: "one of \(kinds.joined(separator: ", "))")
        }
        for (key, owner) in [("status", "http"), ("body", "http"), ("server", "prometheus"), ("atLeast", "prometheus")]
        where keys[key] != nil && owner != kind {
            return keys[key]?.complain("belongs to `\(owner)`")
        }
        switch kind {
        case "http":
            guard let url = GateSettingsReader.url(value) else { return nil }
            let statuses = keys["status"].map(statuses) ?? 200...399
            return statuses.map { (.http(url: url, statuses: $0, body: keys["body"]?.text()), url) }
        case "tcp":
            guard case .tcp(let host, let port)? = GateSettingsReader.address(value) else { return nil }
            return (.tcp(host: host, port: port), "\(host):\(port)")
        case "prometheus": return prometheus(value, keys)
        default: return value.text().map { (.command($0), $0.split(separator: "\n").first.map(String.init) ?? $0) }
        }
    }

    private static func prometheus(
        _ value: LocatedYAML,
        _ keys: YAMLMapping
    ) -> (value: ProbeSettings.Target, name: String)? {
        guard let query = value.line("the query") else { return nil }
        guard let server = keys.required("server").flatMap(GateSettingsReader.url) else { return nil }
        let least = keys["atLeast"].map(GateSettingsReader.number) ?? 1
        return least.map { (.prometheus(query: query, server: server, atLeast: $0), query) }
    }

    /// `200` or `200-299`.
    private static func statuses(_ place: LocatedYAML) -> ClosedRange<Int>? {
        guard let text = place.line("the status") else { return nil }
        let ends = text.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
        guard (1...2).contains(ends.count), let low = ends[0], let high = ends[ends.count - 1],
            low <= high, (100...599).contains(low), (100...599).contains(high)
        else { return place.complain("`\(text)` is no status", fix: "write it as `200` or `200-399`") }
        return low...high
    }
}

extension LocatedYAML {
    /// A duration that may be less than a second: `500ms`, `2s`.
    fileprivate func interval(in milliseconds: ClosedRange<Int64>) -> Duration? {
        guard let text = written, let value = ShortDuration.parse(text) else {
            return complain("expected a duration, found \(kind)", fix: "write it as `500ms` or `2s`")
        }
        guard milliseconds.contains(value.milliseconds) else {
            return complain(
                "\(text) is out of range",
                fix: "\(milliseconds.lowerBound)ms to \(milliseconds.upperBound / 1000)s"
            )
        }
        return value
    }
}

/// Durations down to the millisecond: `500ms`, else as ``DurationText`` has them.
enum ShortDuration {
    static func parse(_ text: String) -> Duration? {
        guard text.hasSuffix("ms") else { return DurationText.parse(text) }
        return Int(text.dropLast(2)).flatMap { $0 >= 0 ? .milliseconds($0) : nil }
    }
}
