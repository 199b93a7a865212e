import ArgumentParser
import ClusterModel
import Foundation
import Kubernetes
import Planning
import Playbooks

/// What every plan takes, and the way from there to a proven plan.
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

    @Option(help: "How many nodes may be out at once, as 3 or 10%.", transform: countOrPercent)
    var maxOut: CountOrPercent?

    @Flag(help: "All nodes of a wave stand in one zone.")
    var oneZoneAtATime = false

    @Option(
        help: "How many pods of a workload without a budget may be down at once: none, N or N%.",
        transform: defaultBudget
    )
    var defaultBudget: DefaultBudget?

    @Option(help: "text or json: a table for people, or the plan file that `evenkeel run` takes.")
    var output: OutputFormat = .text

    @OptionGroup var site: SiteOptions

    func plan(_ purpose: Campaign.Purpose) async throws {
        let settings = try site.settings()
        let chosen = try playbook.map { try ChosenPlaybook(file: $0, inputs: inputs) }
        let selector = try labelSelector()
        let patience = Patience.ofTerminal(SystemTime())
        let cluster = try await patience.during("reading the cluster") { [self] in try await read(settings) }
        try site.checkNodes(of: settings, against: cluster)
        let campaign = Campaign(purpose: purpose, selector: selector, nodeNames: try chosen?.nodes(in: cluster))
        let planner = Planner(
            cluster: cluster,
            policy: policy(settings.policy),
            campaign: campaign,
            playbook: chosen?.attached,
            createdAt: SystemTime().now
        )
        let plan = try await patience.during("searching for the best order") { planner.plan() }
        try await patience.during("proving the plan") { [self] in try prove(plan, on: cluster) }
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
        if let defaultBudget { policy.defaultBudget = defaultBudget.limit }
        return policy
    }

    private static func countOrPercent(_ text: String) throws -> CountOrPercent {
        guard let value = CountOrPercent(text) else { throw ValidationError("write it as 3 or 10%") }
        return value
    }

    /// `none` sets no limit.
    struct DefaultBudget {
        var limit: CountOrPercent?
    }

    private static func defaultBudget(_ text: String) throws -> DefaultBudget {
        if text == "none" { return DefaultBudget(limit: nil) }
        guard let value = CountOrPercent(text) else { throw ValidationError("write it as none, 1 or 25%") }
        return DefaultBudget(limit: value)
    }
}
