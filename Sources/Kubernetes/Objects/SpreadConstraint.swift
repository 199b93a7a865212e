import ClusterModel

/// A topology spread constraint, before it is known whose it is.
struct SpreadConstraint {
    private var constraint = TopologySpread(maxSkew: 1, topologyKey: "", selector: nil)
    private var labelKeys: [String] = []
    private var forbids = true

    /// Reads the constraints that forbid; the others are wishes.
    static func forbidding(_ cursor: inout JSONCursor) throws -> [SpreadConstraint] {
        try cursor.list { try SpreadConstraint(json: &$0) }.filter(\.forbids)
    }

    private init(json cursor: inout JSONCursor) throws {
        try cursor.object { cursor, key in
            switch key {
            case "maxSkew": constraint.maxSkew = try cursor.integer(in: 1...Int(Int32.max)) ?? 1
            case "topologyKey": constraint.topologyKey = try cursor.text()
            case "whenUnsatisfiable": forbids = try cursor.text() != "ScheduleAnyway"
            case "labelSelector": constraint.selector = try LabelSelector(ifPresent: &cursor)
            case "minDomains": constraint.minDomains = try cursor.integer(in: 1...Int(Int32.max))
            case "nodeAffinityPolicy": constraint.nodeAffinityPolicy = try Self.policy(&cursor) ?? .honor
            case "nodeTaintsPolicy": constraint.nodeTaintsPolicy = try Self.policy(&cursor) ?? .ignore
            case "matchLabelKeys": labelKeys = try cursor.strings()
            default: try cursor.skip()
            }
        }
    }

    private static func policy(_ cursor: inout JSONCursor) throws -> TopologySpread.NodeInclusion? {
        try cursor.scalar().flatMap(TopologySpread.NodeInclusion.init(rawValue:))
    }

    /// With `matchLabelKeys`, only pods count that have the same values as the pod itself.
    func constraint(of labels: Labels) -> TopologySpread {
        guard var selector = constraint.selector, !labelKeys.isEmpty else { return constraint }
        for key in labelKeys {
            guard let value = labels[key], selector.matchLabels[key] != value else { continue }
            let same = LabelSelector.Requirement(key: key, operator: .in, values: [value])
            // From Kubernetes 1.34 on the API server has written it into the selector already.
            if !selector.matchExpressions.contains(same) { selector.matchExpressions.append(same) }
        }
        var constraint = constraint
        constraint.selector = selector
        return constraint
    }
}
