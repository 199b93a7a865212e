import ArgumentParser
import ClusterModel
import Execution
import Foundation
import History
import Kubernetes
import Planning
import Playbooks
import Ports
import Rollout

struct DrainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "drain",
        abstract: "Empties one node by evictions that keep to every budget, and leaves it cordoned.",
        discussion: """
            Whether every pod has a place is proven before the first one leaves, and each replacement is awaited. Where the \
            drain fails, or Ctrl-C ends it, a node that it had cordoned itself is given back.

              evenkeel drain worker-7 --dry-run
              evenkeel drain worker-7 --timeout 10m
              evenkeel drain worker-7 --waive "bare-pod shop/debug until 2026-12-24: nobody needs it"

            A node whose machine is dead cannot end its pods. Where the machine is proven off, by --confirm-off or by --off-check, \
            the cluster is told so by the taint node.kubernetes.io/out-of-service (Kubernetes 1.26 and later), which is taken away \
            again when the pods are gone and their volumes detached. A machine that still runs would write to volumes beside \
            its successor: so a node that is Ready, or a machine that answers over SSH, is never taken for off.

              evenkeel drain worker-7 --off-check 'ipmitool -H "bmc-$NODE" power status | grep -q off'
              evenkeel drain worker-7 --confirm-off worker-7 --delete-node

            Exit codes: 0 drained; 1 failed; 3 nothing was done, obstacles stand and are named; 4 gave up safely; 130 \
            interrupted safely.
            """
    )

    @Argument(help: "The node to empty.")
    var node: String

    @Flag(help: "Say pod by pod what would happen, and why; nothing is changed.")
    var dryRun = false

    @OptionGroup var options: DrainOptions

    @OptionGroup(title: "A machine that is off") var off: OffOptions

    @OptionGroup(title: "Logging in") var reach: ReachOptions

    @Option(help: "text or json: what is printed at the end.")
    var output: OutputFormat = .text

    @Option(help: "The folder that drains are recorded in; by default one for each cluster in the user's state folder.")
    var state: String?

    @OptionGroup var verbosity: VerbosityOptions

    @OptionGroup(title: "Cluster") var snapshot: SnapshotOptions

    func validate() throws {
        if !dryRun, !snapshot.cluster.isEmpty {
            throw ValidationError("--cluster: a snapshot cannot be drained: add --dry-run, or leave it out")
        }
        if off.isAsked, !snapshot.cluster.isEmpty {
            throw ValidationError("--cluster: a snapshot tells of no machine that is off: leave it out")
        }
    }

    func run() async throws {
        try await Evenkeel.reporting {
            let settings = try snapshot.site.settings()
            if off.isAsked { return try await drainDead(settings) }
            let policy = try options.policy(over: settings.policy, file: snapshot.site.file, at: SystemTime().now)
            if dryRun { return try forecast(on: try await snapshot.read(settings).cluster, policy) }
            try await snapshot.site.withClient(settings) { client in
                let patience = Patience.ofTerminal(SystemTime())
                let cluster = try await patience.during("reading the cluster") { try await client.snapshot() }
                try await drain(client, settings, policy, cluster)
            }
        }
    }

    private func drainDead(_ settings: SiteSettings) async throws {
        try await snapshot.site.withClient(settings) { client in
            let cluster = try await client.snapshot()
            try NodeNames.check(node, given: "drain", in: cluster)
            guard let dead = cluster.node(node) else { return }
            let proof = try await off.prove(dead, settings, reach)
            let knowsTaint = DeadNodeDrain.isTaintKnown(in: cluster)
            guard knowsTaint || off.deleteNode else {
                throw CommandFailure(
                    "\(node) is off (\(proof)), but this cluster is older than Kubernetes \(OutOfService.since) and does not "
                        + "know the out-of-service taint: add --delete-node, which removes its pods too"
                )
            }
            if dryRun {
                let pods = try await client.podsLeft(on: node).map { "\($0)" }
                let words = off.deleteNode ? "removed, and its Node object deleted" : "removed"
                return Console.result(
                    "\(node) is off (\(proof)): \(pods.count) pods would be \(words): \(pods.joined(separator: ", "))"
                )
            }
            let drain = DeadNodeDrain(
                dead,
                on: client,
                proof: proof,
                deletesNode: off.deleteNode,
                timeout: options.timeout ?? settings.timeouts.drain
            )
            let result = try await client.withLock(for: DeadNodeDrain.purpose) {
                try await drain.run(knowsTaint: knowsTaint)
            }
            switch output {
            case .json: Console.result(try Console.json(result))
            case .text: Console.result(result.text)
            }
        }
    }

    private func plan(_ policy: Policy, _ cluster: Cluster) throws -> Plan {
        try NodeNames.check(node, given: "drain", in: cluster)
        let campaign = Campaign(purpose: .replace(node: node, with: nil))
        let planner = CampaignPlanner(
            cluster: cluster.uncordoning(node),
            policy: policy,
            campaign: campaign,
            createdAt: SystemTime().now
        )
        return planner.plan()
    }

    private func forecast(on cluster: Cluster, _ policy: Policy) throws {
        let plan = try plan(policy, cluster)
        try show(DrainForecast(plan, for: node, in: cluster), as: output)
        if !plan.obstacles.isEmpty { throw ExitCode(ExitStatus.nothingPlanned.rawValue) }
    }

    private func show(_ forecast: DrainForecast, as format: OutputFormat) throws {
        switch format {
        case .json: Console.result(try Console.json(forecast))
        case .text: Console.result(forecast.text)
        }
    }

    private func drain(
        _ client: KubernetesClient,
        _ settings: SiteSettings,
        _ policy: Policy,
        _ cluster: Cluster
    ) async throws {
        let plan = try plan(policy, cluster)
        if plan.obstacles.contains(where: { !$0.rule.mayPass }) {
            try show(DrainForecast(plan, for: node, in: cluster), as: output)
            throw ExitCode(ExitStatus.nothingPlanned.rawValue)
        }
        let name = settings.cluster ?? client.context
        let journal = try SQLiteJournal.open(path: StateFolder.drains(state: state, cluster: name))
        let drain = try NodeDrain(node, plan, cluster: name, at: SystemTime().now)
        let progress = RunProgress(
            verbosity.level,
            terminal: Console.liveTerminal() == nil ? nil : Console.liveTerminal,
            time: SystemTime(),
            write: Console.write
        )
        let run = drain.run(
            on: client,
            journal: journal,
            timeout: options.timeout ?? settings.timeouts.drain,
            wasCordoned: cluster.node(node)?.unschedulable == true,
            report: { if !$0.isOfNoUse { progress.tell($0) } }
        )
        let (conclusion, isInterrupted) = try await progress.during {
            try await Interruptible.run(run) { progress.note($0) }
        }
        let result = DrainResult(node, try await journal.events(of: drain.record.id), since: drain.record.startedAt)
        if case .halted(let reason) = conclusion {
            let causes = try await stuck(on: client)
            let why = ([reason] + causes).joined(separator: "; ")
            throw CommandFailure(
                "gave up safely: \(why); \(await left(run, cluster))",
                code: isInterrupted ? .interrupted : .halted
            )
        }
        switch output {
        case .json: Console.result(try Console.json(result))
        case .text: Console.result(result.text)
        }
    }

    /// Why pods that were told to end are still there.
    private func stuck(on client: KubernetesClient) async throws -> [String] {
        let isReachable = try await client.readNode(node)?.ready ?? false
        return try await client.terminations(on: node)
            .map { $0.cause(at: SystemTime().now, isReachable: isReachable) }
    }

    private func left(_ run: CampaignRun, _ cluster: Cluster) async -> String {
        if cluster.node(node)?.unschedulable == true { return "\(node) is cordoned, as it was before" }
        let isCordoned = await run.cordonedNodes.contains(node)
        return isCordoned
            ? "\(node) is still cordoned: give it back with `evenkeel uncordon \(node)`" : "\(node) was given back"
    }
}

extension RunNews {
    /// Says of a campaign what a drain does not have.
    fileprivate var isOfNoUse: Bool {
        switch self {
        case .event(.retired, _), .event(.waveFinished, _), .event(.finished, _): true
        default: false
        }
    }
}

extension Finding.Rule {
    /// Whether waiting may remove the obstacle.
    fileprivate var mayPass: Bool { [.spentBudget, .unhealthyPods, .uncountedBudget].contains(self) }
}
