import ArgumentParser
import ClusterModel
import Foundation
import Kubernetes
import Planning
import Playbooks

struct PlanCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan",
        abstract: "Computes a safe rolling order with its proof, and names what stands in the way.",
        discussion: """
            Nothing is changed. The plan says for each wave which nodes leave together and where every evicted pod can go.

              evenkeel plan service --playbook playbooks/service-reboot.yaml --output json > plan.json
              evenkeel plan upgrade --to 1.36.2 --cluster snapshot.json
            """,
        subcommands: [PlanUpgrade.self, PlanService.self]
    )
}

struct PlanUpgrade: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "upgrade",
        abstract: "Plans the way of every node to a Kubernetes version, control plane first.",
        discussion: "Example: evenkeel plan upgrade --to 1.36.2 --playbook playbooks/kubeadm-upgrade.yaml --max-out 10%"
    )

    @Option(name: .customLong("to"), help: "The version to reach, as 1.36 or 1.36.2.")
    var target: String

    @OptionGroup var options: PlanOptions

    func run() async throws {
        try await Evenkeel.reporting {
            guard let version = Version(target) else {
                throw CommandFailure("--to \(target): is no version: write it as 1.36.2", code: .usage)
            }
            try await options.plan(.upgrade(to: version))
        }
    }
}

struct PlanService: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "service",
        abstract: "Plans to take every node, or a selection, out of service once: for a patch, a reboot, a repair.",
        discussion: "Example: evenkeel plan service --playbook playbooks/service-reboot.yaml --selector pool=gpu"
    )

    @OptionGroup var options: PlanOptions

    func run() async throws { try await Evenkeel.reporting { try await options.plan(.service) } }
}

struct PlanOptions: ParsableArguments {
    @Option(
        help:
            "A snapshot in place of the live API: a file or folder of `kubectl get … -o json`, or - for standard input. May be given several times."
    )
    var cluster: [String] = []

    @Option(help: "What to do on each node.")
    var playbook: String?

    @Option(name: .customLong("input"), help: "A value for one of the playbook's inputs, as NAME=VALUE.")
    var inputs: [String] = []

    @Option(help: "Only nodes with these labels, as for kubectl.")
    var selector: String?

    @Option(help: "How many nodes may be out at once, as 3 or 10%.")
    var maxOut: CountOrPercent?

    @Flag(help: "All nodes of a wave stand in one zone.")
    var oneZoneAtATime = false

    @Option(help: "How many pods of a workload without a budget may be down at once: none, N or N%.")
    var defaultBudget: DefaultBudgetArgument?

    @Option(help: "text or json.")
    var output: OutputFormat = .text

    @OptionGroup var site: SiteOptions

    func plan(_ purpose: Campaign.Purpose) async throws {
        let settings = try site.settings()
        let cluster = try await read(settings)
        let attached = try attachedPlaybook(for: cluster)
        let campaign = Campaign(purpose: purpose, selector: try labelSelector(), nodeNames: attached?.nodes)
        let planner = Planner(
            cluster: cluster,
            policy: policy(settings.policy),
            campaign: campaign,
            playbook: attached?.playbook,
            createdAt: SystemTime().now
        )
        let plan = planner.plan()
        try prove(plan, on: cluster)
        switch output {
        case .json: Console.result(try Console.json(PlanFile(plan)))
        case .text: Console.result(PlanText(plan, cluster).text)
        }
        if plan.waves.isEmpty, !plan.obstacles.isEmpty { throw ExitCode(ExitStatus.nothingPlanned.rawValue) }
    }

    /// What is not proven is not printed as a plan.
    private func prove(_ plan: Plan, on cluster: Cluster) throws {
        let verifier = PlanVerifier(cluster: cluster, policy: plan.policy, campaign: plan.campaign)
        guard let claim = verifier.brokenClaims(of: plan).first else { return }
        throw CommandFailure("the plan did not pass its own proof, so none is given: \(claim)")
    }

    private func read(_ settings: SiteSettings) async throws -> Cluster {
        if !cluster.isEmpty { return try SnapshotReader.read(paths: cluster) }
        let client = try await site.client(settings)
        do {
            let cluster = try await client.snapshot()
            try await client.shutdown()
            return cluster
        } catch {
            try? await client.shutdown()
            throw error
        }
    }

    private func labelSelector() throws -> LabelSelector {
        guard let selector else { return LabelSelector() }
        guard let parsed = LabelSelector(text: selector) else {
            throw CommandFailure(
                "--selector \(selector): is no label selector: write it as pool=gpu,!spot",
                code: .usage
            )
        }
        return parsed
    }

    private func policy(_ settings: PolicySettings) -> Policy {
        var policy = Policy(
            maxOut: maxOut ?? settings.maxOut,
            oneZoneAtATime: oneZoneAtATime || settings.oneZoneAtATime
        )
        if case .maxUnavailable(let value) = settings.defaultBudget {
            policy.defaultBudget = value
        } else {
            policy.defaultBudget = nil
        }
        if let defaultBudget { policy.defaultBudget = defaultBudget.value }
        return policy
    }

    private func attachedPlaybook(for cluster: Cluster) throws -> (playbook: AttachedPlaybook, nodes: [String]?)? {
        guard let file = playbook else { return nil }
        guard let data = FileManager.default.contents(atPath: file) else {
            throw CommandFailure("\(file): there is no such playbook")
        }
        let text = String(decoding: data, as: UTF8.self)
        let book = try Playbook.load(file: file, text: text)
        if let unknown = book.unknownNodes(in: cluster.nodes.map(\.name)).first { throw CommandFailure("\(unknown)") }
        let given = try InputValues.read(inputs)
        _ = try book.resolveInputs(given: given)
        if let secret = book.secretInputs.first(where: { given[$0] != nil }) {
            throw CommandFailure(
                "--input \(secret): is a secret and has no place in a plan: give it to `evenkeel run`",
                code: .usage
            )
        }
        return (AttachedPlaybook(file: file, text: text, inputs: given), book.nodes?.map(\.name))
    }
}
