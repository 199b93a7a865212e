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
        guard let attached = plan.playbook else {
            throw CommandFailure(
                "the plan has no playbook, so there is nothing to run: plan again with --playbook FILE"
            )
        }
        let playbook = try Playbook.load(file: attached.file, text: attached.text)
        let inputs = try playbook.resolveInputs(given: attached.inputs.merging(secrets) { _, given in given })
        self.settings = settings
        self.secrets = playbook.secretInputs.compactMap { inputs[$0] }
        let first = cluster.nodes.filter(\.isControlPlane).first { plan.nodes.contains($0.name) }?.name
        for name in plan.nodes {
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
            steers: plan.policy.steering,
            deadlines: Deadlines(
                drain: settings.timeouts.drain,
                nodeReady: settings.timeouts.nodeReady,
                recover: settings.timeouts.recover
            )
        )
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
        let targets = jobs.values.map(\.target).sorted { $0.node < $1.node }
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
