package import ClusterModel

/// What is to be done to the nodes.
package struct Campaign: Hashable, Sendable {
    package enum Purpose: Hashable, Sendable {
        /// Bring every chosen node's kubelet (and with it the control plane) to this version.
        case upgrade(to: Version)
        /// Run a playbook on every chosen node.
        case service
    }

    package var purpose: Purpose
    /// Which nodes take part; an empty selector means all.
    package var selector: LabelSelector
    /// Where not nil, only these nodes take part.
    package var nodeNames: [String]?

    package init(purpose: Purpose, selector: LabelSelector = LabelSelector(), nodeNames: [String]? = nil) {
        self.purpose = purpose
        self.selector = selector
        self.nodeNames = nodeNames
    }

    package func includes(_ node: Node) -> Bool {
        selector.matches(node.labels) && (nodeNames?.contains(node.name) ?? true)
    }

    /// The version the nodes are brought to, if that is what this campaign is for.
    package var targetVersion: Version? {
        if case .upgrade(let version) = purpose { version } else { nil }
    }
}
