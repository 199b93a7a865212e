package import ClusterModel

/// What is to be done to the nodes.
package struct Campaign: Hashable, Sendable {
    package enum Purpose: Hashable, Sendable {
        /// Bring every chosen node's kubelet (and with it the control plane) to this version.
        case upgrade(to: Version)
        /// Run a playbook on every chosen node.
        case service
        /// Drain a machine for good; `with` names the node that takes its place, where it has joined already.
        case replace(node: String, with: String?)
    }

    package var purpose: Purpose
    /// Which nodes take part; an empty selector means all.
    package var selector: LabelSelector
    /// Where not nil, only these nodes take part.
    package var nodeNames: [String]?
    /// Nodes that are left alone though they are selected.
    package var skippedNodes: [String]
    /// In an upgrade over several minors: the patch of a minor on the way, at most one of each.
    package var stops: [Version]

    package init(
        purpose: Purpose,
        selector: LabelSelector = LabelSelector(),
        nodeNames: [String]? = nil,
        skippedNodes: [String] = [],
        stops: [Version] = []
    ) {
        self.purpose = purpose
        self.selector = selector
        self.nodeNames = nodeNames
        self.skippedNodes = skippedNodes
        self.stops = stops
    }

    package func includes(_ node: Node) -> Bool {
        if case .replace(let name, _) = purpose { return node.name == name }
        return selector.matches(node.labels) && (nodeNames?.contains(node.name) ?? true)
            && !skippedNodes.contains(node.name)
    }

    /// Whether the nodes come back from their wave.
    package var returnsNodes: Bool {
        if case .replace = purpose { false } else { true }
    }

    /// The version the nodes are brought to, if that is what this campaign is for.
    package var targetVersion: Version? {
        if case .upgrade(let version) = purpose { version } else { nil }
    }
}
