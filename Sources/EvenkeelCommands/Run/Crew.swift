import ClusterModel
import Execution
import Foundation
import NodeAccess
import Planning
import Playbooks
import Ports
import Rollout

/// The plan's nodes, with what is done on each and how it is reached.
struct Crew {
    var jobs: [String: NodeJob] = [:]
    var outline: RolloutOutline
    private let settings: SiteSettings
    private let secrets: [String]
    private let playbookFile: String
    private var access: SSHAccess

    /// - Parameter skipsMissing: nodes that are no longer there have no job; else they are an error.
    init(
        _ plan: Plan,
        _ work: PlannedWork,
        _ settings: SiteSettings,
        _ cluster: Cluster,
        _ access: SSHAccess,
        run: String,
        skipsMissing: Bool = false
    ) throws {
        self.settings = settings
        self.access = access
        secrets = work.secrets
        playbookFile = work.playbook.file
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
                target: self.access.target(name, labels: node.labels, address: node.address),
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

    /// - Parameter sudoPassword: nil where sudo asks for none.
    func shellOptions(sudoPassword: String?) async throws -> SSHNodeShell.Options {
        var options = try await access.options()
        options.usesSudo = settings.ssh.become == .sudo
        options.sudoPassword = sudoPassword
        options.secrets = secrets
        options.uploadFolder = URL(fileURLWithPath: playbookFile).deletingLastPathComponent().path
        return options
    }

    /// Logs in to every node, and becomes root where steps want that, so that a wrong key or password is known before
    /// the first cordon.
    func reachEverybody(through shell: SSHNodeShell) async throws {
        let working = jobs.values.filter { !$0.steps.isEmpty }.sorted { $0.target.node < $1.target.node }
        if working.isEmpty { return }
        try await withThrowingTaskGroup(of: Void.self) { group in
            var waiting = working[...]
            for _ in 0..<32 { add(&waiting, to: &group, through: shell) }
            while try await group.next() != nil { add(&waiting, to: &group, through: shell) }
        }
    }

    private func add(
        _ waiting: inout ArraySlice<NodeJob>,
        to group: inout ThrowingTaskGroup<Void, any Error>,
        through shell: SSHNodeShell
    ) {
        guard let job = waiting.popFirst() else { return }
        group.addTask {
            let node = job.target.node
            do {
                try await shell.reach(job.target)
                guard job.steps.contains(where: { $0.become || $0.reboot }) else { return }
                if let problem = try await shell.rootProblem(job.target) { throw CommandFailure(problem) }
            } catch { throw CommandFailure("\(node): \(error)") }
        }
    }
}
