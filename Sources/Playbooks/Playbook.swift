/// What to do on each node while it is out of service.
package struct Playbook: Codable, Hashable, Sendable {
    package var name: String
    package var description: String
    /// Sorted by name.
    package var inputs: [PlaybookInput]
    package var stages: [PlaybookStage]
    /// How long a node may take to come back from a reboot.
    package var rebootTimeout: Duration
    /// The only nodes it may run on; nil for any.
    package var nodes: [PlaybookNodeName]?
    /// The file it was read from, as it was named.
    package var file: String

    package static let defaultRebootTimeout: Duration = .seconds(600)

    package init(
        name: String,
        description: String = "",
        inputs: [PlaybookInput] = [],
        stages: [PlaybookStage],
        rebootTimeout: Duration = defaultRebootTimeout,
        nodes: [PlaybookNodeName]? = nil,
        file: String = ""
    ) {
        self.name = name
        self.description = description
        self.inputs = inputs
        self.stages = stages
        self.rebootTimeout = rebootTimeout
        self.nodes = nodes
        self.file = file
    }

    /// The steps for a node of this role, in order; empty where the playbook has none for it.
    package func steps(for role: PlaybookRole) -> [PlaybookStep] {
        stages.filter { $0.roles.contains(role) }.flatMap(\.steps)
    }

    /// Whether the playbook may run on this node.
    package func allows(node name: String) -> Bool {
        nodes.map { $0.contains { $0.name == name } } ?? true
    }

    /// The entries of `nodes` that no node of the cluster bears, each as a complaint with its line.
    package func unknownNodes(in names: some Sequence<String>) -> [YAMLDiagnostic] {
        let known = Set(names)
        let named = nodes ?? []
        let candidates = known.subtracting(named.map(\.name)).sorted()
        return named.enumerated().filter { !known.contains($1.name) }.map { index, node in
            YAMLDiagnostic(
                file: file,
                line: node.line,
                column: node.column,
                path: "nodes[\(index)]",
                message: "the cluster has no node `\(node.name)`",
                fix: Suggestion.nearest(to: node.name, in: candidates).map { "did you mean `\($0)`?" }
            )
        }
    }
}

/// Steps for some of the roles.
package struct PlaybookStage: Codable, Hashable, Sendable {
    package var roles: Set<PlaybookRole>
    package var steps: [PlaybookStep]

    package init(roles: Set<PlaybookRole> = Set(PlaybookRole.allCases), steps: [PlaybookStep]) {
        self.roles = roles
        self.steps = steps
    }
}

/// A node that a playbook names, and where.
package struct PlaybookNodeName: Codable, Hashable, Sendable {
    package var name: String
    package var line: Int
    package var column: Int

    package init(name: String, line: Int = 1, column: Int = 1) {
        self.name = name
        self.line = line
        self.column = column
    }
}
