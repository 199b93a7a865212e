import ClusterModel

/// `campaign`: `purpose` is `upgrade` (with `version`, perhaps `via`), `service` or `replace` (with `node`, perhaps `with`).
struct CampaignEntry: Hashable, Codable {
    var purpose: String
    var version: String?
    /// The patch of each minor on the way that has been named.
    var via: [String]?
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
        via = campaign.stops.isEmpty ? nil : campaign.stops.map { "\($0)" }
    }

    func campaign() throws(PlanFileError) -> Campaign {
        Campaign(
            purpose: try readPurpose(),
            selector: try selector.selector(at: "campaign.selector"),
            nodeNames: nodes,
            skippedNodes: skippedNodes ?? [],
            stops: try readStops()
        )
    }

    private func readStops() throws(PlanFileError) -> [Version] {
        var stops: [Version] = []
        for text in via ?? [] {
            guard let stop = Version(text) else {
                throw .value(at: "campaign.via", found: text, expected: "a version as v1.35.6")
            }
            stops.append(stop)
        }
        return stops
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
