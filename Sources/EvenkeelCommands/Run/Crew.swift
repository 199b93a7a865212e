import ClusterModel
import Execution
import Foundation
import NodeAccess
import Planning
import Playbooks
import Ports
import Rollout
import SSH

/// The plan's nodes, with what is done on each and how it is reached.
struct Crew {
    var jobs: [String: NodeJob] = [:]
    var outline: RolloutOutline
    private let settings: SiteSettings
    private let secrets: [String]

    init(_ plan: Plan, _ settings: SiteSettings, _ cluster: Cluster, run: String, secrets: [String: String]) throws {
        let playbook = try Self.playbook(of: plan)
        let inputs = try playbook.resolveInputs(
            given: (plan.playbook?.inputs ?? [:]).merging(secrets) { _, given in given }
        )
        self.settings = settings
        self.secrets = playbook.secretInputs.compactMap { inputs[$0] }
        let first = cluster.nodes.filter(\.isControlPlane).first { plan.nodes.contains($0.name) }?.name
        for name in plan.nodes where jobs[name] == nil {
            guard let node = cluster.node(name) else {
                throw CommandFailure("\(name) is in the plan, but no longer in the cluster: plan again")
            }
            let role = Self.role(of: node, firstControlPlane: first)
            let environment = PlaybookEnvironment(
                node: name,
                role: role,
                fromVersion: node.kubeletVersion?.description ?? "",
                targetVersion: plan.campaign.targetVersion?.description ?? "",
                runID: run
            )
            jobs[name] = NodeJob(
                target: NodeTarget(
                    node: name,
                    ssh: settings.ssh(for: name, labels: node.labels, internalAddress: node.address)
                ),
                steps: playbook.steps(for: role),
                variables: environment.variables(inputs: inputs),
                rebootTimeout: playbook.rebootTimeout
            )
        }
        outline = RolloutOutline(
            waves: plan.waves,
            steps: jobs.mapValues { $0.steps.map(\.name) },
            targetVersion: plan.campaign.targetVersion,
            defaultBudget: plan.policy.defaultBudget,
            soak: plan.policy.canary?.soak ?? .zero,
            jobs: plan.policy.jobs,
            waivers: plan.policy.waivers,
            returnsNodes: plan.campaign.returnsNodes,
            deadlines: Deadlines(
                drain: settings.timeouts.drain,
                nodeReady: settings.timeouts.nodeReady,
                recover: settings.timeouts.recover
            )
        )
    }

    /// Only a node that leaves for good needs nothing done on it.
    private static func playbook(of plan: Plan) throws -> Playbook {
        if let attached = plan.playbook { return try Playbook.load(file: attached.file, text: attached.text) }
        guard !plan.campaign.returnsNodes else {
            throw CommandFailure(
                "the plan has no playbook, so there is nothing to run: plan again with --playbook FILE"
            )
        }
        return Playbook(name: "replace", stages: [])
    }

    private static func role(of node: Node, firstControlPlane: String?) -> PlaybookRole {
        if !node.isControlPlane { return .worker }
        return node.name == firstControlPlane ? .firstControlPlane : .controlPlane
    }

    func shellOptions() throws -> SSHNodeShell.Options {
        let path = settings.ssh.knownHosts
        guard let data = FileManager.default.contents(atPath: path) else {
            throw CommandFailure(
                "\(path): there is no such known_hosts file: make one with ssh-keyscan, and compare the keys"
            )
        }
        let known = KnownHosts(text: String(decoding: data, as: UTF8.self), source: path)
        return SSHNodeShell.Options(
            credentials: [.privateKeyFile(path: settings.ssh.identity, passphrase: nil)],
            hostKeys: .strict(known),
            timeouts: SSHTimeouts(connect: settings.ssh.connectTimeout),
            usesSudo: settings.ssh.become == .sudo,
            secrets: secrets
        )
    }

    /// Logs in to every node, so that a wrong key is known before the first cordon.
    func reachEverybody(through shell: SSHNodeShell) async throws {
        let targets = jobs.values.filter { !$0.steps.isEmpty }.map(\.target).sorted { $0.node < $1.node }
        if targets.isEmpty { return }
        Console.note("evenkeel: logging in to \(targets.count) nodes")
        try await withThrowingTaskGroup(of: Void.self) { group in
            var waiting = targets[...]
            for _ in 0..<32 { add(&waiting, to: &group, through: shell) }
            while try await group.next() != nil { add(&waiting, to: &group, through: shell) }
        }
    }

    private func add(
        _ waiting: inout ArraySlice<NodeTarget>,
        to group: inout ThrowingTaskGroup<Void, any Error>,
        through shell: SSHNodeShell
    ) {
        guard let target = waiting.popFirst() else { return }
        group.addTask {
            do { try await shell.reach(target) } catch { throw CommandFailure("\(target.node): \(error)") }
        }
    }
}
