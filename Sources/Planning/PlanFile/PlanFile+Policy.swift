import ClusterModel

/// `policy`: counts and percentages as text, times in whole seconds; what has no key sets no limit.
struct PolicyEntry: Hashable, Codable {
    struct PoolEntry: Hashable, Codable {
        var selector: SelectorEntry
        var maxOut: String
    }

    struct CanaryEntry: Hashable, Codable {
        var nodes: Int
        var soakSeconds: Int64
    }

    struct WaiverEntry: Hashable, Codable {
        var rule: String
        var subject: String
        var reason: String
        /// RFC 3339 in UTC.
        var expires: String
    }

    var maxOut: String
    var perZone: String?
    var pools: [PoolEntry]?
    var oneZoneAtATime: Bool
    var defaultBudget: String?
    var canary: CanaryEntry?
    /// Where it is missing, the pods of Jobs are evicted as others are.
    var jobWaitSeconds: Int64?
    /// Where it is missing, nodes still to come are marked for the scheduler.
    var steering: Bool?
    var waivers: [WaiverEntry]?

    init(_ policy: Policy) {
        maxOut = "\(policy.maxOut)"
        perZone = policy.perZone.map { "\($0)" }
        if !policy.pools.isEmpty {
            pools = policy.pools.map { PoolEntry(selector: SelectorEntry($0.selector), maxOut: "\($0.maxOut)") }
        }
        oneZoneAtATime = policy.oneZoneAtATime
        defaultBudget = policy.defaultBudget.map { "\($0)" }
        canary = policy.canary.map { CanaryEntry(nodes: $0.nodes, soakSeconds: $0.soak.components.seconds) }
        if case .wait(let limit) = policy.jobs { jobWaitSeconds = limit.components.seconds }
        if !policy.steering { steering = false }
        if !policy.waivers.isEmpty { waivers = policy.waivers.map(WaiverEntry.init) }
    }

    func policy() throws(PlanFileError) -> Policy {
        Policy(
            maxOut: try readLimit(maxOut, at: "policy.maxOut"),
            perZone: try readOptionalLimit(perZone, at: "policy.perZone"),
            pools: try readPools(),
            oneZoneAtATime: oneZoneAtATime,
            defaultBudget: try readOptionalLimit(defaultBudget, at: "policy.defaultBudget"),
            canary: try readCanary(),
            jobs: try readJobs(),
            steering: steering ?? true,
            waivers: try readWaivers()
        )
    }

    private func readPools() throws(PlanFileError) -> [PoolLimit] {
        var limits: [PoolLimit] = []
        for (index, pool) in (pools ?? []).enumerated() {
            let place = "policy.pools[\(index)]"
            let selector = try pool.selector.selector(at: "\(place).selector")
            limits.append(PoolLimit(selector: selector, maxOut: try readLimit(pool.maxOut, at: "\(place).maxOut")))
        }
        return limits
    }

    private func readCanary() throws(PlanFileError) -> Canary? {
        guard let canary else { return nil }
        if canary.nodes < 1 {
            throw .value(at: "policy.canary.nodes", found: "\(canary.nodes)", expected: "a number from 1 on")
        }
        let soak = try readSeconds(canary.soakSeconds, at: "policy.canary.soakSeconds")
        return Canary(nodes: canary.nodes, soak: soak)
    }

    private func readJobs() throws(PlanFileError) -> JobPolicy {
        guard let jobWaitSeconds else { return .evict }
        return .wait(upTo: try readSeconds(jobWaitSeconds, at: "policy.jobWaitSeconds"))
    }

    private func readWaivers() throws(PlanFileError) -> [Waiver] {
        var values: [Waiver] = []
        for (index, entry) in (waivers ?? []).enumerated() {
            values.append(try entry.waiver(at: "policy.waivers[\(index)]"))
        }
        return values
    }

    private func readOptionalLimit(_ text: String?, at place: String) throws(PlanFileError) -> CountOrPercent? {
        guard let text else { return nil }
        return try readLimit(text, at: place)
    }

    private func readLimit(_ text: String, at place: String) throws(PlanFileError) -> CountOrPercent {
        guard let value = CountOrPercent(text) else { throw .value(at: place, found: text, expected: "N or N%") }
        return value
    }

    private func readSeconds(_ seconds: Int64, at place: String) throws(PlanFileError) -> Duration {
        if seconds < 0 { throw .value(at: place, found: "\(seconds)", expected: "a number of seconds from 0 on") }
        return .seconds(seconds)
    }
}

extension PolicyEntry.WaiverEntry {
    fileprivate init(_ waiver: Waiver) {
        rule = waiver.rule.rawValue
        subject = waiver.subject
        reason = waiver.reason
        expires = "\(waiver.expires)"
    }

    fileprivate func waiver(at place: String) throws(PlanFileError) -> Waiver {
        guard let rule = Finding.Rule(rawValue: rule), rule.isWaivable else {
            throw .value(at: "\(place).rule", found: rule, expected: "a rule that can be waived")
        }
        guard let expires = Instant(text: expires) else {
            throw .value(at: "\(place).expires", found: expires, expected: "a time as 2026-12-24T00:00:00Z")
        }
        return Waiver(rule: rule, subject: subject, reason: reason, expires: expires)
    }
}
