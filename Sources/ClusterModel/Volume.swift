/// A claim's name in its namespace: `NAMESPACE/NAME`.
package typealias ClaimID = PodID

/// What a persistent volume claim is bound to, as far as it decides where its pods may run.
package struct Volume: Hashable, Sendable {
    package enum Binding: Hashable, Sendable {
        /// To this persistent volume.
        case bound(volume: String)
        /// Not yet, and bound wherever its first pod is placed (`WaitForFirstConsumer`).
        case waitsForPod
        /// Not, and no pod that wants it can be scheduled.
        case unbound
    }

    package var claim: ClaimID
    package var binding: Binding
    /// The volume's required node affinity: one of the terms must match; empty means no such rule.
    package var nodeAffinity: [NodeSelectorTerm]
    /// The volume's own zone and region labels: a node's label must have one of the values.
    package var topology: [String: Set<String>]
    /// Attaches to one node at a time (`ReadWriteOnce`, `ReadWriteOncePod`): its pods share a node.
    package var attachesToOneNode: Bool
    /// Used by one pod at a time (`ReadWriteOncePod`).
    package var isForOnePod: Bool
    /// Its data lies on one machine (`local`, `hostPath`).
    package var isLocal: Bool

    package init(
        claim: ClaimID,
        binding: Binding,
        nodeAffinity: [NodeSelectorTerm] = [],
        topology: [String: Set<String>] = [:],
        attachesToOneNode: Bool = false,
        isForOnePod: Bool = false,
        isLocal: Bool = false
    ) {
        self.claim = claim
        self.binding = binding
        self.nodeAffinity = nodeAffinity
        self.topology = topology
        self.attachesToOneNode = attachesToOneNode
        self.isForOnePod = isForOnePod
        self.isLocal = isLocal
    }

    /// Whether a pod with this claim may run on `node`, as the scheduler's volume plugins judge it.
    ///
    /// A zone label binds only nodes that carry zone or region labels at all.
    package func allows(_ node: Node) -> Bool {
        if binding == .unbound { return false }
        if !nodeAffinity.isEmpty, !nodeAffinity.contains(where: { $0.matches(node) }) { return false }
        let zoned = Self.topologyLabels.contains { node.labels[$0] != nil }
        return !zoned
            || topology.allSatisfy { key, values in
                let label = node.labels[key] ?? Self.successors[key].flatMap { node.labels[$0] }
                return label.map(values.contains) ?? false
            }
    }

    /// A volume's old label is met by a node's new one (`volume_zone.go`).
    private static let successors = [
        "failure-domain.beta.kubernetes.io/zone": "topology.kubernetes.io/zone",
        "failure-domain.beta.kubernetes.io/region": "topology.kubernetes.io/region",
    ]

    /// The labels by which a volume is tied to a place.
    package static let topologyLabels = [
        "topology.kubernetes.io/zone", "topology.kubernetes.io/region",
        "failure-domain.beta.kubernetes.io/zone", "failure-domain.beta.kubernetes.io/region",
    ]
}
