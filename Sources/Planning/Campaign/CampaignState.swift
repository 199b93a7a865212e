package import ClusterModel

/// A cluster as it stands once waves have been carried out and every pod went where its witness says.
package struct CampaignState: Sendable {
    package private(set) var cluster: Cluster
    private let campaign: Campaign

    package init(_ cluster: Cluster, campaign: Campaign) {
        self.cluster = cluster
        self.campaign = campaign
    }

    /// Brings the pods to their targets, and the nodes to their version.
    package mutating func carryOut(_ wave: Wave) {
        let nodes = wave.nodes.compactMap { cluster.node($0) }
        for move in wave.moves {
            guard var pod = cluster.pod(move.pod) else { continue }
            if move.to == move.from, pod.owner == nil {
                cluster.apply(.podGone(pod.id, uid: pod.uid))
            } else {
                pod.node = move.to
                cluster.apply(.pod(pod))
            }
        }
        let leaving = Set(nodes.map(\.name))
        for pod in cluster.pods where pod.terminating && pod.node.map(leaving.contains) == true {
            cluster.apply(.podGone(pod.id, uid: pod.uid))
        }
        for node in nodes { settle(node, to: wave.version ?? campaign.targetVersion) }
    }

    private mutating func settle(_ node: Node, to version: Version?) {
        guard campaign.returnsNodes else {
            cluster.apply(.nodeGone(node.name))
            return
        }
        guard let version else { return }
        raise(node.name, to: version)
    }

    /// Says that the node has the version now; what the API server stated before no longer holds then.
    mutating func raise(_ name: String, to version: Version) {
        guard var node = cluster.node(name) else { return }
        node.kubeletVersion = version
        cluster.apply(.node(node))
        if node.isControlPlane { cluster.serverVersion = nil }
    }
}
