import ClusterModel

/// Turns `policy` into values, over the defaults.
enum PolicySettingsReader {
    static func policy(_ keys: YAMLMapping) -> PolicySettings {
        var policy = PolicySettings()
        if let maxOut = keys["maxOut"].flatMap(nodeLimit) { policy.maxOut = maxOut }
        policy.perZone = keys["perZone"].flatMap(nodeLimit)
        policy.pools = keys["pools"]?.items(of: "pools with `label` and `maxOut`")?.compactMap(pool) ?? []
        if let oneZone = keys["oneZoneAtATime"]?.boolean() { policy.oneZoneAtATime = oneZone }
        if let budget = keys["defaultBudget"].flatMap(defaultBudget) { policy.defaultBudget = budget }
        policy.canary = keys["canary"].flatMap(canary)
        if let jobs = keys["jobs"].flatMap(jobs) { policy.jobs = jobs }
        policy.skip = keys["skip"]?.items(of: "names of nodes")?.compactMap { $0.line("the node's name") } ?? []
        if let steering = keys["steering"]?.boolean() { policy.steering = steering }
        policy.waivers = keys["waivers"]?.items(of: "waivers with `rule`")?.compactMap(waiver) ?? []
        if let failures = keys["maxFailures"]?.integer(in: 1...10_000) { policy.maxFailures = failures }
        if let onFailure = keys["onFailure"]?.choice(PolicySettings.OnFailure.self) { policy.onFailure = onFailure }
        if let onDrift = keys["onDrift"]?.choice(PolicySettings.OnDrift.self) { policy.onDrift = onDrift }
        if let pace = keys["pace"]?.choice(PolicySettings.Pace.self) { policy.pace = pace }
        if let onClose = keys["onWindowClose"]?.choice(PolicySettings.OnWindowClose.self) {
            policy.onWindowClose = onClose
        }
        return policy
    }

    private static func nodeLimit(_ place: LocatedYAML) -> CountOrPercent? {
        place.countOrPercent(zeroMeans: "no node could ever leave service")
    }

    private static func defaultBudget(_ place: LocatedYAML) -> PolicySettings.DefaultBudget? {
        if place.written == "none" { return PolicySettings.DefaultBudget.none }
        let zeroMeans = "no pod without a budget of its own could ever be evicted"
        return place.countOrPercent(zeroMeans: zeroMeans, orElse: "`none`").map { .maxUnavailable($0) }
    }

    private static func pool(_ place: LocatedYAML) -> PolicySettings.Pool? {
        guard let keys = place.mapping(keys: SettingsSection.pool.keys) else { return nil }
        let selector = keys.required("label").flatMap { $0.selector() }
        let maxOut = keys.required("maxOut").flatMap(nodeLimit)
        guard let selector, let maxOut else { return nil }
        return PolicySettings.Pool(selector: selector, maxOut: maxOut)
    }

    private static func canary(_ place: LocatedYAML) -> PolicySettings.Canary? {
        guard let keys = place.mapping(keys: SettingsSection.canary.keys) else { return nil }
        var canary = PolicySettings.Canary()
        if let nodes = keys["nodes"]?.integer(in: 1...10_000) { canary.nodes = nodes }
        if let soak = keys["soak"]?.duration() { canary.soak = soak }
        return canary
    }

    private static func jobs(_ place: LocatedYAML) -> PolicySettings.Jobs? {
        guard let written = place.written, let jobs = PolicySettings.Jobs(written) else {
            return place.complain("expected what to do with Jobs, found \(place.kind)", fix: "`evict` or `wait:30m`")
        }
        return jobs
    }

    private static func waiver(_ place: LocatedYAML) -> PolicySettings.Waiver? {
        guard let keys = place.mapping(keys: SettingsSection.waiver.keys) else { return nil }
        let rule = keys.required("rule")?.line("the rule")
        let subject = keys.required("subject")?.line("the subject")
        let until = keys.required("until")?.line("the date")
        let reason = keys.required("reason")?.line("the reason")
        guard let rule, let subject, let until, let reason else { return nil }
        return PolicySettings.Waiver(rule: rule, subject: subject, until: until, reason: reason, line: place.line)
    }
}
