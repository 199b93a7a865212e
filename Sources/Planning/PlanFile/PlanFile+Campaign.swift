import ClusterModel

/// `campaign`: `purpose` is `upgrade` (with `version`), `service` or `replace` (with `node`, perhaps `with`).
struct CampaignEntry: Hashable, Codable {
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
        selector = SelectorEntry(campaign.selector)
        nodes = campaign.nodeNames
        skippedNodes = campaign.skippedNodes.isEmpty ? nil : campaign.skippedNodes
    }

    func campaign() throws(PlanFileError) -> Campaign {
        Campaign(
            purpose: try readPurpose(),
            selector: try selector.selector(at: "campaign.selector"),
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
            guard let node, !node.isEmpty else {
                throw .value(at: "campaign.node", found: "", expected: "the name of a node")
            }
            return .replace(node: node, with: with)
        default: throw .value(at: "campaign.purpose", found: purpose, expected: "upgrade, service or replace")
        }
    }
}
