import ClusterModel

/// A plan as a document for other programs (`evenkeel plan --output json`); keys that have no value are left out.
///
/// `createdAt` is in milliseconds since 1970-01-01T00:00:00Z. Decoding throws `PlanFileError` for a document of another
/// kind and `DecodingError` for one that lacks keys; `plan()` checks the values.
package struct PlanFile: Hashable, Sendable, Codable {
    static let apiVersion = "evenkeel/v1"
    static let kind = "Plan"

    private var apiVersion = Self.apiVersion
    private var kind = Self.kind
    private var createdAt: Instant
    private var campaign: CampaignEntry
    private var policy: PolicyEntry
    private var playbook: AttachedPlaybook?
    private var waves: [WaveEntry]
    private var findings: [FindingEntry]
    private var bounds: Bounds
    private var estimate: TimeEstimate?
    private var totals: Totals

    package init(_ plan: Plan) {
        createdAt = plan.createdAt
        campaign = CampaignEntry(plan.campaign)
        policy = PolicyEntry(plan.policy)
        playbook = plan.playbook
        waves = plan.waves.map(WaveEntry.init)
        findings = plan.findings.map(FindingEntry.init)
        bounds = plan.bounds
        estimate = plan.estimate
        totals = plan.totals
    }

    private enum Key: String, CodingKey {
        case apiVersion
        case kind
        case createdAt
        case campaign
        case policy
        case playbook
        case waves
        case findings
        case bounds
        case estimate
        case totals
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        let apiVersion = try? container.decode(String.self, forKey: .apiVersion)
        let kind = try? container.decode(String.self, forKey: .kind)
        guard apiVersion == Self.apiVersion, kind == Self.kind else {
            throw PlanFileError.kind(apiVersion: apiVersion, kind: kind)
        }
        createdAt = try container.decode(Instant.self, forKey: .createdAt)
        campaign = try container.decode(CampaignEntry.self, forKey: .campaign)
        policy = try container.decode(PolicyEntry.self, forKey: .policy)
        playbook = try container.decodeIfPresent(AttachedPlaybook.self, forKey: .playbook)
        waves = try container.decode([WaveEntry].self, forKey: .waves)
        findings = try container.decode([FindingEntry].self, forKey: .findings)
        bounds = try container.decode(Bounds.self, forKey: .bounds)
        estimate = try container.decodeIfPresent(TimeEstimate.self, forKey: .estimate)
        totals = try container.decode(Totals.self, forKey: .totals)
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(apiVersion, forKey: .apiVersion)
        try container.encode(kind, forKey: .kind)
        try container.encode(createdAt, forKey: .createdAt)
        try container.encode(campaign, forKey: .campaign)
        try container.encode(policy, forKey: .policy)
        try container.encodeIfPresent(playbook, forKey: .playbook)
        try container.encode(waves, forKey: .waves)
        try container.encode(findings, forKey: .findings)
        try container.encode(bounds, forKey: .bounds)
        try container.encodeIfPresent(estimate, forKey: .estimate)
        try container.encode(totals, forKey: .totals)
    }

    /// The plan that the file holds.
    ///
    /// - Throws: the first value that cannot be, with its place in the file. Whether the plan is *right* for a cluster
    ///   is the verifier's to say.
    package func plan() throws(PlanFileError) -> Plan {
        var numbers: Set<Int> = []
        var waves: [Wave] = []
        for (index, entry) in self.waves.enumerated() {
            if !numbers.insert(entry.number).inserted { throw .duplicateWave(entry.number) }
            waves.append(try entry.wave(at: "waves[\(index)]"))
        }
        var findings: [Finding] = []
        for (index, entry) in self.findings.enumerated() {
            findings.append(try entry.finding(at: "findings[\(index)]"))
        }
        return Plan(
            campaign: try campaign.campaign(),
            policy: try policy.policy(),
            playbook: playbook,
            createdAt: createdAt,
            waves: waves,
            findings: findings,
            bounds: bounds,
            estimate: estimate
        )
    }
}
