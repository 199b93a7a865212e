import ClusterModel

/// Turns the entries of `objectives` into values.
enum ObjectiveSettingsReader {
    static func entry(_ place: LocatedYAML) -> ObjectiveSettings? {
        guard let keys = place.mapping(keys: SettingsSection.objective.keys) else { return nil }
        let selector = keys["selector"].map(selector)
        let isBySelector = selector != nil && keys["workload"] == nil
        let workload = isBySelector ? GlobPattern("*/*") : keys.required("workload").flatMap(workload)
        let availability = keys.required("availability").flatMap(availability)
        let window = keys["window"].map { $0.days() }
        let maintenance = keys["maintenance"]?.choice(ObjectiveSettings.Maintenance.self)
        guard let workload, let availability else { return nil }
        var objective = ObjectiveSettings(workload: workload, availability: availability)
        if let selector {
            guard let selector else { return nil }
            objective.selector = selector.value
            objective.selectorText = selector.text
        }
        if let window = window.flatMap(\.self) { objective.window = window }
        if let maintenance { objective.maintenance = maintenance }
        return objective
    }

    private static func workload(_ place: LocatedYAML) -> GlobPattern? {
        guard let text = place.line("the workload") else { return nil }
        guard text.split(separator: "/", omittingEmptySubsequences: false).count == 2, !text.hasSuffix("/") else {
            return place.complain(
                "`\(text)` names no workload",
                fix: "write `NAMESPACE/NAME`, such as `shop/web` or `shop/*`"
            )
        }
        return GlobPattern(text)
    }

    private static func selector(_ place: LocatedYAML) -> (value: LabelSelector, text: String)? {
        guard let text = place.line("the selector") else { return nil }
        guard let value = LabelSelector(text: text) else {
            return place.complain("`\(text)` is no label selector", fix: "write it as `tier=gold,!test`")
        }
        return (value, text)
    }

    private static func availability(_ place: LocatedYAML) -> Double? {
        guard let text = place.line("the availability") else { return nil }
        guard text.hasSuffix("%"), let percent = Double(text.dropLast()), percent > 0, percent < 100 else {
            return place.complain("`\(text)` is no availability", fix: "write it as `99.95%`, above 0 and below 100")
        }
        return percent / 100
    }
}

extension LocatedYAML {
    /// Whole days, `30d`.
    fileprivate func days() -> Duration? {
        guard let text = line("the window") else { return nil }
        guard text.hasSuffix("d"), let days = Int(text.dropLast()), (1...366).contains(days) else {
            return complain("expected 1 to 366 days, found `\(text)`", fix: "write it as `30d`")
        }
        return .seconds(days * 86_400)
    }
}
