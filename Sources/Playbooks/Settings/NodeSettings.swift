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
    /// The private key's file.
    package var identity: String?
    /// Through which servers, first to last; empty for none.
    package var jump: [String]?

    package init(
        match: Match,
        host: String? = nil,
        port: Int? = nil,
        user: String? = nil,
        identity: String? = nil,
        jump: [String]? = nil
    ) {
        self.match = match
        self.host = host
        self.port = port
        self.user = user
        self.identity = identity
        self.jump = jump
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

/// What a site's settings say of the way to a node.
package struct NodeWay: Hashable, Sendable {
    package var host: String?
    package var port: Int?
    package var user: String?
    package var identity: String?
    package var jump: [String]?

    package init(
        host: String? = nil,
        port: Int? = nil,
        user: String? = nil,
        identity: String? = nil,
        jump: [String]? = nil
    ) {
        self.host = host
        self.port = port
        self.user = user
        self.identity = identity
        self.jump = jump
    }
}

extension SiteSettings {
    /// What this file says of the way to a node: each value from the first matching entry of `nodes` that has it, else
    /// from `ssh`; nil where neither gives it, whatever the default is.
    package func way(to nodeName: String, labels: Labels) -> NodeWay {
        let matching = nodes.filter { $0.match.holds(name: nodeName, labels: labels) }
        func given<Value>(_ key: String, _ value: Value) -> Value? { ssh.written.contains(key) ? value : nil }
        return NodeWay(
            host: matching.lazy.compactMap(\.host).first,
            port: matching.lazy.compactMap(\.port).first ?? given("port", ssh.port),
            user: matching.lazy.compactMap(\.user).first ?? given("user", ssh.user),
            identity: matching.lazy.compactMap(\.identity).first ?? given("identity", ssh.identity),
            jump: matching.lazy.compactMap(\.jump).first ?? given("jump", ssh.jump)
        )
    }

    /// Whether a script that asks for root goes through sudo at a node.
    package func usesSudo(step: PlaybookStep, user: String) -> Bool {
        step.become && ssh.become == .sudo && user != "root"
    }
}
