import ClusterModel

/// Turns entries of `gates` and `hooks` into values.
enum GateSettingsReader {
    static func gate(_ place: LocatedYAML) -> GateSettings? {
        guard let keys = place.mapping(keys: SettingsSection.gate.keys) else { return nil }
        guard let name = keys.required("name")?.line("the gate's name"), let kind = kind(keys) else { return nil }
        var gate = GateSettings(name: name, kind: kind)
        if let places = keys["at"]?.items(of: "places")?.compactMap({ $0.choice(GateSettings.Place.self) }) {
            gate.places = Set(places)
        }
        if let timeout = keys["timeout"]?.duration() { gate.timeout = timeout }
        if let stable = keys["stable"]?.duration() { gate.stable = stable }
        return gate
    }

    private static func kind(_ keys: YAMLMapping) -> GateSettings.Kind? {
        let kinds = ["http", "tcp", "prometheus", "command", "controlPlane", "approval"].filter { keys[$0] != nil }
        guard kinds.count == 1, let kind = kinds.first, let value = keys[kind] else {
            let fix = "one of http, tcp, prometheus, command, controlPlane, approval"
            return keys.place.complain("a gate looks at one thing", fix: fix)
        }
        switch kind {
        case "http": return url(value).map { .http($0) }
        case "tcp": return address(value)
        case "prometheus": return prometheus(value, keys)
        case "command": return value.text().map { .command($0) }
        case "approval": return value.line("the file").map { .approval(file: $0) }
        default: return value.boolean() == true ? .controlPlane : value.complain("expected true")
        }
    }

    static func url(_ value: LocatedYAML) -> String? {
        guard let text = value.line("the URL") else { return nil }
        guard text.hasPrefix("http://") || text.hasPrefix("https://") else {
            return value.complain("`\(text)` is no URL", fix: "begin it with http:// or https://")
        }
        return text
    }

    static func address(_ value: LocatedYAML) -> GateSettings.Kind? {
        guard let text = value.line("the address") else { return nil }
        let colon = text.lastIndex(of: ":")
        guard let colon, let port = Int(text[text.index(after: colon)...]), (1...65535).contains(port) else {
            return value.complain("`\(text)` is no address", fix: "write it as host:port")
        }
        return .tcp(host: String(text[..<colon]), port: port)
    }

    private static func prometheus(_ value: LocatedYAML, _ keys: YAMLMapping) -> GateSettings.Kind? {
        guard let query = value.line("the query"), let server = keys.required("server").flatMap(url) else { return nil }
        let below = keys["below"].flatMap(number)
        let above = keys["above"].flatMap(number)
        guard below != nil || above != nil else { return keys.place.complain("`below` or `above` is missing") }
        return .prometheus(query: query, server: server, below: below, above: above)
    }

    static func number(_ value: LocatedYAML) -> Double? {
        guard let number = value.written.flatMap({ Double($0) }) else {
            return value.complain("expected a number, found \(value.kind)")
        }
        return number
    }

    static func hook(_ place: LocatedYAML) -> HookSettings? {
        guard let keys = place.mapping(keys: SettingsSection.hook.keys) else { return nil }
        let moments = keys.required("on")?.items(of: "moments")?.compactMap { $0.choice(HookSettings.Moment.self) }
        let webhook = keys["webhook"].flatMap(url).map { HookSettings.Target.webhook($0) }
        let command = keys["command"]?.text().map { HookSettings.Target.command($0) }
        guard let moments, let target = webhook ?? command, webhook == nil || command == nil else {
            return moments == nil ? nil : place.complain("a hook has either `webhook` or `command`")
        }
        var hook = HookSettings(moments: Set(moments), target: target)
        if let timeout = keys["timeout"]?.duration() { hook.timeout = timeout }
        if let retries = keys["retries"]?.integer(in: 0...20) { hook.retries = retries }
        return hook
    }
}
