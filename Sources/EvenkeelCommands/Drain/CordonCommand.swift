import ArgumentParser
import ClusterModel
import Kubernetes
import Ports

struct CordonCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cordon",
        abstract: "Keeps the scheduler from nodes, and writes down who did it.",
        discussion: """
            A node that somebody else has cordoned stays theirs. While a campaign is at work nothing is changed.

              evenkeel cordon worker-7 worker-8
              evenkeel cordon worker-7 --dry-run
            """
    )

    @Argument(help: "The nodes.")
    var nodes: [String]

    @Flag(help: "Say what would happen; nothing is changed.")
    var dryRun = false

    @Option(help: "text or json: what is printed at the end.")
    var output: OutputFormat = .text

    @OptionGroup(title: "Cluster") var site: SiteOptions

    func run() async throws {
        try await Evenkeel.reporting {
            try await site.withClient(try site.settings()) { client in
                let seen = try await NodeStates.read(nodes, client)
                let states = try await NodeStates.change(nodes, dryRun, client, for: "cordon") { node in
                    try await cordon(node, seen[node], client)
                }
                try NodeStates.show(states, as: output, kind: "Cordon")
            }
        }
    }

    private func cordon(_ name: String, _ node: Node?, _ client: KubernetesClient) async throws -> NodeState {
        if node?.unschedulable == true { return state(name, .foreign(owner: node?.cordonOwner)) }
        if dryRun { return NodeState(node: name, changed: false, outcome: "would be cordoned for \(Operator.name)") }
        return state(name, try await client.cordon(node: name, owner: Operator.name))
    }

    private func state(_ name: String, _ outcome: CordonOutcome) -> NodeState {
        switch outcome {
        case .cordoned: NodeState(node: name, changed: true, outcome: "cordoned for \(Operator.name)")
        case .alreadyOurs: NodeState(node: name, changed: false, outcome: "was cordoned by \(Operator.name) already")
        case .foreign(let owner):
            NodeState(node: name, changed: false, outcome: "was cordoned by \(owner ?? "somebody else") already")
        }
    }
}

struct UncordonCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "uncordon",
        abstract: "Gives nodes back to the scheduler, if the cordon is yours.",
        discussion: """
            A cordon belongs to who made it: a campaign's, or a colleague's, is left as it is unless you name them, and so is \
            one that names nobody (kubectl's) unless you give --owner nobody.

              evenkeel uncordon worker-7
              evenkeel uncordon worker-7 --owner run-20261125101500-a1b2c3
              evenkeel uncordon worker-7 --owner nobody --dry-run

            Exit codes: 0 all are schedulable; 1 some are left cordoned, and it says whose cordon that is.
            """
    )

    @Argument(help: "The nodes.")
    var nodes: [String]

    @Option(help: "Whose cordon to undo; nobody for one that names none. By default your own, USER@HOST.")
    var owner: String?

    @Flag(help: "Say what would happen; nothing is changed.")
    var dryRun = false

    @Option(help: "text or json: what is printed at the end.")
    var output: OutputFormat = .text

    @OptionGroup(title: "Cluster") var site: SiteOptions

    private var wanted: String? { owner == "nobody" ? nil : owner ?? Operator.name }

    func run() async throws {
        try await Evenkeel.reporting {
            try await site.withClient(try site.settings()) { client in
                let seen = try await NodeStates.read(nodes, client)
                let states = try await NodeStates.change(nodes, dryRun, client, for: "uncordon") { node in
                    try await uncordon(node, seen[node], client)
                }
                try NodeStates.show(states, as: output, kind: "Uncordon")
                let left = states.filter { $0.isLeft == true }.map(\.node)
                if !left.isEmpty {
                    throw CommandFailure(
                        "left cordoned: \(left.joined(separator: ", ")): name whose cordon to undo with --owner"
                    )
                }
            }
        }
    }

    private func uncordon(_ name: String, _ node: Node?, _ client: KubernetesClient) async throws -> NodeState {
        if dryRun {
            guard node?.unschedulable == true else { return state(name, .nothingToDo) }
            if node?.cordonOwner != wanted { return state(name, .foreign(owner: node?.cordonOwner)) }
            return NodeState(node: name, changed: false, outcome: "would be uncordoned")
        }
        return state(name, try await client.uncordon(node: name, cordonedBy: wanted))
    }

    private func state(_ name: String, _ outcome: UncordonOutcome) -> NodeState {
        switch outcome {
        case .uncordoned: NodeState(node: name, changed: true, outcome: "uncordoned")
        case .nothingToDo: NodeState(node: name, changed: false, outcome: "was not cordoned")
        case .foreign(let owner):
            NodeState(
                node: name,
                changed: false,
                outcome: "is left as it is: \(owner ?? "somebody else (it names nobody)") cordoned it",
                isLeft: true
            )
        }
    }
}

/// What came of a node.
struct NodeState: Encodable {
    var node: String
    var changed: Bool
    var outcome: String
    /// Was to be given back and is not.
    var isLeft: Bool?
}

/// What cordon and uncordon share.
private enum NodeStates {
    /// All nodes are known before the first one is touched.
    static func read(_ names: [String], _ client: KubernetesClient) async throws -> [String: Node] {
        var seen: [String: Node] = [:]
        for name in names {
            guard let node = try await client.readNode(name) else {
                throw CommandFailure("\(name): the cluster has no such node: correct the name", code: .usage)
            }
            seen[name] = node
        }
        return seen
    }

    static func change(
        _ names: [String],
        _ dryRun: Bool,
        _ client: KubernetesClient,
        for purpose: String,
        _ body: (String) async throws -> NodeState
    ) async throws -> [NodeState] {
        func all() async throws -> [NodeState] {
            var states: [NodeState] = []
            for name in names { states.append(try await body(name)) }
            return states
        }
        return dryRun ? try await all() : try await client.withLock(for: purpose) { try await all() }
    }

    static func show(_ states: [NodeState], as format: OutputFormat, kind: String) throws {
        switch format {
        case .text: for state in states { Console.result("\(state.node) \(state.outcome)") }
        case .json: Console.result(try Console.json(NodeStatesFile(kind: kind, nodes: states)))
        }
    }
}

private struct NodeStatesFile: Encodable {
    var apiVersion = "evenkeel/v1"
    var kind: String
    var nodes: [NodeState]
}
