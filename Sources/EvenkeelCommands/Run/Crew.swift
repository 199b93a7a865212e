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

    /// - Parameter skipsMissing: nodes that are no longer there have no job; else they are an error.
    init(
        _ plan: Plan,
        _ work: PlannedWork,
        _ settings: SiteSettings,
        _ cluster: Cluster,
        run: String,
        skipsMissing: Bool = false
    ) throws {
        self.settings = settings
        secrets = work.secrets
        let first = cluster.nodes.filter(\.isControlPlane).first { plan.nodes.contains($0.name) }?.name
        for name in plan.nodes where jobs[name] == nil {
            guard let node = cluster.node(name) else {
                if skipsMissing { continue }
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
                steps: work.playbook.steps(for: role),
                variables: environment.variables(inputs: work.inputs),
                rebootTimeout: work.playbook.rebootTimeout
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

    /// The keys by which nodes are known.
    static func knownHosts(_ settings: SiteSettings) throws -> KnownHosts {
        let path = settings.ssh.knownHosts
        guard let data = FileManager.default.contents(atPath: path) else {
            throw CommandFailure(
                "\(path): there is no such known_hosts file: make one with ssh-keyscan, and compare the keys"
            )
        }
        return KnownHosts(text: String(decoding: data, as: UTF8.self), source: path)
    }

    func shellOptions(_ known: KnownHosts) -> SSHNodeShell.Options {
        SSHNodeShell.Options(
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
