package import ClusterModel

/// What holds for the nodes that match.
package struct NodeSettings: Hashable, Sendable {
    package enum Match: Hashable, Sendable {
        case name(GlobPattern)
        case label(LabelSelector)

        package func holds(name: String, labels: Labels) -> Bool {
            switch self {
            case .name(let pattern): pattern.matches(name)
            case .label(let selector): selector.matches(labels)
            }
        }
    }

    package var match: Match
    package var host: String?
    package var port: Int?
    package var user: String?

    package init(match: Match, host: String? = nil, port: Int? = nil, user: String? = nil) {
        self.match = match
        self.host = host
        self.port = port
        self.user = user
    }
}

/// Where a node answers, and who asks.
package struct NodeSSH: Hashable, Sendable {
    package var host: String
    package var port: Int
    package var user: String

    package init(host: String, port: Int, user: String) {
        self.host = host
        self.port = port
        self.user = user
    }
}

extension SiteSettings {
    /// How to reach a node: each value from the first matching entry of `nodes` that has it, else from `ssh`; the
    /// host else from the cluster, else the node's name.
    package func ssh(for nodeName: String, labels: Labels, internalAddress: String?) -> NodeSSH {
        let matching = nodes.filter { $0.match.holds(name: nodeName, labels: labels) }
        return NodeSSH(
            host: matching.lazy.compactMap(\.host).first ?? internalAddress ?? nodeName,
            port: matching.lazy.compactMap(\.port).first ?? ssh.port,
            user: matching.lazy.compactMap(\.user).first ?? ssh.user
        )
    }

    /// Whether a script that asks for root goes through sudo at a node.
    package func usesSudo(step: PlaybookStep, user: String) -> Bool {
        step.become && ssh.become == .sudo && user != "root"
    }
}
