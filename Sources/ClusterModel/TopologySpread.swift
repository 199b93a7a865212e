/// A topology spread constraint that forbids (`whenUnsatisfiable: DoNotSchedule`); softer ones are not kept.
package struct TopologySpread: Hashable, Sendable {
    /// Whether nodes that a pod could not use count as domains.
    package enum NodeInclusion: String, Hashable, Sendable {
        case honor = "Honor"
        case ignore = "Ignore"
    }

    /// By how many matching pods a domain may exceed the emptiest one.
    package var maxSkew: Int
    package var topologyKey: String
    /// Nil selects no pod; the reader has added the pod's own values of `matchLabelKeys`.
    package var selector: LabelSelector?
    /// With fewer domains than this, the emptiest one counts as having no pods.
    package var minDomains: Int?
    package var nodeAffinityPolicy: NodeInclusion
    package var nodeTaintsPolicy: NodeInclusion

    package init(
        maxSkew: Int,
        topologyKey: String,
        selector: LabelSelector?,
        minDomains: Int? = nil,
        nodeAffinityPolicy: NodeInclusion = .honor,
        nodeTaintsPolicy: NodeInclusion = .ignore
    ) {
        self.maxSkew = maxSkew
        self.topologyKey = topologyKey
        self.selector = selector
        self.minDomains = minDomains
        self.nodeAffinityPolicy = nodeAffinityPolicy
        self.nodeTaintsPolicy = nodeTaintsPolicy
    }
}
