import ClusterModel

/// `campaign`: `purpose` is `upgrade` (with `version`), `service` or `replace` (with `node`).
struct CampaignEntry: Hashable, Codable {
    struct RequirementEntry: Hashable, Codable {
        var key: String
        var `operator`: String
        var values: [String]
    }

    struct SelectorEntry: Hashable, Codable {
        var matchLabels: [String: String]
        var matchExpressions: [RequirementEntry]
    }

    var purpose: String
    var version: String?
    var selector: SelectorEntry
    var nodes: [String]?
    /// Of a replacement: the node that leaves, and the one that takes its place.
    var node: String?
    var with: String?
    var skippedNodes: [String]?

    init(_ campaign: Campaign) {
        switch campaign.purpose {
        case .service: purpose = "service"
        case .upgrade(let target):
            purpose = "upgrade"
            version = "\(target)"
        case .replace(let node, let with):
            purpose = "replace"
            self.node = node
            self.with = with
        }
        selector = SelectorEntry(
            matchLabels: campaign.selector.matchLabels,
            matchExpressions: campaign.selector.matchExpressions.map {
                RequirementEntry(key: $0.key, operator: $0.operator.rawValue, values: $0.values)
            }
        )
        nodes = campaign.nodeNames
        skippedNodes = campaign.skippedNodes.isEmpty ? nil : campaign.skippedNodes
    }

    func campaign() throws(PlanFileError) -> Campaign {
        var requirements: [LabelSelector.Requirement] = []
        for (index, entry) in selector.matchExpressions.enumerated() {
            guard let kind = LabelSelector.Requirement.Operator(rawValue: entry.operator) else {
                let place = "campaign.selector.matchExpressions[\(index)].operator"
                throw .value(at: place, found: entry.operator, expected: "In, NotIn, Exists, DoesNotExist, Gt or Lt")
            }
            requirements.append(LabelSelector.Requirement(key: entry.key, operator: kind, values: entry.values))
        }
        return Campaign(
            purpose: try readPurpose(),
            selector: LabelSelector(matchLabels: selector.matchLabels, matchExpressions: requirements),
            nodeNames: nodes,
            skippedNodes: skippedNodes ?? []
        )
    }

    private func readPurpose() throws(PlanFileError) -> Campaign.Purpose {
        switch purpose {
        case "service": return .service
        case "upgrade":
            guard let version, let target = Version(version) else {
                throw .value(at: "campaign.version", found: version ?? "", expected: "a version as v1.36.2")
            }
            return .upgrade(to: target)
        case "replace":
            guard let node else { throw .value(at: "campaign.node", found: "", expected: "the name of a node") }
            return .replace(node: node, with: with)
        default: throw .value(at: "campaign.purpose", found: purpose, expected: "upgrade, service or replace")
        }
    }
}

/// `policy`: counts and percentages as text; without `defaultBudget` there is none.
struct PolicyEntry: Hashable, Codable {
    var maxOut: String
    var oneZoneAtATime: Bool
    var defaultBudget: String?

    init(_ policy: Policy) {
        maxOut = "\(policy.maxOut)"
        oneZoneAtATime = policy.oneZoneAtATime
        defaultBudget = policy.defaultBudget.map { "\($0)" }
    }

    func policy() throws(PlanFileError) -> Policy {
        Policy(
            maxOut: try readLimit(maxOut, at: "policy.maxOut"),
            oneZoneAtATime: oneZoneAtATime,
            defaultBudget: try readDefault()
        )
    }

    private func readDefault() throws(PlanFileError) -> CountOrPercent? {
        guard let defaultBudget else { return nil }
        return try readLimit(defaultBudget, at: "policy.defaultBudget")
    }

    private func readLimit(_ text: String, at place: String) throws(PlanFileError) -> CountOrPercent {
        guard let value = CountOrPercent(text) else { throw .value(at: place, found: text, expected: "N or N%") }
        return value
    }
}
