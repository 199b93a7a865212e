import ArgumentParser
import ClusterModel
import Foundation
import Planning
import Playbooks
import Reporting

/// Which nodes take part.
struct SelectionOptions: ParsableArguments {
    @Option(help: "Only nodes with these labels, as for kubectl.")
    var selector: String?

    @Option(help: "A node to leave alone. May be given several times, on top of the settings' own.")
    var skip: [String] = []

    func labelSelector() throws -> LabelSelector {
        guard let selector else { return LabelSelector() }
        guard let parsed = LabelSelector(text: selector) else {
            throw CommandFailure(
                "--selector \(selector): is no label selector: write it as pool=gpu,!spot",
                code: .usage
            )
        }
        return parsed
    }

    /// The campaign over the selection.
    func campaign(_ purpose: Campaign.Purpose, _ settings: SiteSettings) throws -> Campaign {
        Campaign(
            purpose: purpose,
            selector: try labelSelector(),
            skippedNodes: Array(Set(settings.policy.skip + skip)).sorted()
        )
    }
}

/// What every plan takes, and the way from there to a proven plan.
struct PlanOptions: ParsableArguments {
    @Option(help: "What to do on each node.")
    var playbook: String?

    @Option(name: .customLong("input"), help: "A value for one of the playbook's inputs, as NAME=VALUE.")
    var inputs: [String] = []

    @OptionGroup(title: "Policy") var policy: PolicyOptions

    @Option(
        help: ArgumentHelp(
            "Say why this node leaves in its wave and not before, in place of the plan.",
            valueName: "node"
        )
    )
    var explain: String?

    @Flag(help: "List for each wave which pod goes where, and every budget that is spent.")
    var moves = false

    @Option(help: "text or json: a table for people, or the plan file that `evenkeel run` takes.")
    var output: OutputFormat = .text

    @OptionGroup(title: "Cluster") var snapshot: SnapshotOptions

    /// - Parameter named: nodes that options name, with the option's name.
    func plan(named: [(option: String, node: String)], _ campaign: (SiteSettings) throws -> Campaign) async throws {
        let settings = try snapshot.site.settings()
        let now = SystemTime().now
        let chosen = try playbook.map { try ChosenPlaybook(file: $0, inputs: inputs) }
        var campaign = try campaign(settings)
        let policy = try policy.policy(over: settings.policy, file: snapshot.site.file, at: now)
        let patience = Patience.ofTerminal(SystemTime())
        let (cluster, name) = try await patience.during("reading the cluster") { [self] in
            try await snapshot.read(settings)
        }
        try snapshot.site.checkNodes(of: settings, against: cluster)
        for (option, node) in named + (explain.map { [("--explain", $0)] } ?? []) {
            try NodeNames.check(node, given: option, in: cluster)
        }
        campaign.nodeNames = try chosen?.nodes(in: cluster)
        let measured = await PlanHistory(cluster: name, playbook: chosen?.attached).measured()
        let planner = CampaignPlanner(
            cluster: cluster,
            policy: policy,
            campaign: campaign,
            playbook: chosen?.attached,
            createdAt: now,
            estimates: measured.estimates()
        )
        let plan = try await patience.during("searching for the best order") { planner.plan() }
        try await patience.during("proving the plan") { [self] in try prove(plan, on: cluster) }
        let objectives = ExpectedBudget.of(plan, settings, on: cluster, measured.estimates())
        try show(plan, on: cluster, measured, objectives)
        if plan.waves.isEmpty, !plan.obstacles.isEmpty { throw ExitCode(ExitStatus.nothingPlanned.rawValue) }
    }

    private func show(
        _ plan: Plan,
        on cluster: Cluster,
        _ measured: MeasuredDurations,
        _ objectives: [ExpectedBudget]
    ) throws {
        if let explain, let explanation = PlanExplainer(plan, on: cluster).explain(explain) {
            switch output {
            case .json: Console.result(try Console.json(ExplanationFile(explanation)))
            case .text: Console.result(ExplanationText(explanation).text)
            }
            return
        }
        switch output {
        case .json: Console.result(try Console.json(PlanDocument(plan: plan, objectives: objectives)))
        case .text: Console.result(PlanText(plan, cluster, measured, objectives, listsMoves: moves).text)
        }
    }

    /// What is not proven is not printed as a plan.
    private func prove(_ plan: Plan, on cluster: Cluster) throws {
        let verifier = PlanVerifier(cluster: cluster, policy: plan.policy, campaign: plan.campaign)
        guard let claim = verifier.brokenClaims(of: plan).first else { return }
        throw CommandFailure("the plan did not pass its own proof, so none is given: \(claim)")
    }
}
