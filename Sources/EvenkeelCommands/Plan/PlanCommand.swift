import ArgumentParser
import ClusterModel
import Planning

struct PlanCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan",
        abstract: "Computes a safe rolling order with its proof, and names what stands in the way.",
        discussion: """
            Nothing is changed. The plan says for each wave which nodes leave together and where every evicted pod can go.

              evenkeel plan service --playbook playbooks/service-reboot.yaml --output json > plan.json
              evenkeel plan upgrade --to 1.36.2 --cluster snapshot.json
              evenkeel plan replace worker-7 --with worker-21
            """,
        subcommands: [PlanUpgrade.self, PlanService.self, PlanReplace.self]
    )
}

struct PlanUpgrade: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "upgrade",
        abstract: "Plans the way of every node to a Kubernetes version, control plane first.",
        discussion: """
            Nothing is changed. The nodes of the control plane go one at a time and through each minor on the way; the \
            workers follow in as few passes as the version skew policy of Kubernetes allows. Playbooks that install packages \
            want to know the patch of each minor on the way: name it with --via.

              evenkeel plan upgrade --to 1.36.2 --playbook playbooks/kubeadm-upgrade.yaml --max-out 10%
              evenkeel plan upgrade --to 1.36.2 --via 1.34.8 --via 1.35.6 --playbook playbooks/kubeadm-upgrade.yaml
              evenkeel plan upgrade --to 1.34 --per-zone 1 --canary 1:10m --cluster snapshot.json
              evenkeel plan upgrade --to 1.36.2 --explain worker-7
            """
    )

    @Option(name: .customLong("to"), help: "The version to reach, as 1.36 or 1.36.2.")
    var target: String

    @Option(
        name: .customLong("via"),
        help: ArgumentHelp(
            "The patch of a minor on the way, as 1.35.6; once for each such minor.",
            valueName: "version"
        )
    )
    var stops: [String] = []

    @OptionGroup(title: "Nodes") var selection: SelectionOptions

    @OptionGroup var options: PlanOptions

    func run() async throws {
        try await Evenkeel.reporting {
            guard let version = Version(target) else {
                throw CommandFailure("--to \(target): is no version: write it as 1.36.2", code: .usage)
            }
            let stops = try stops(before: version)
            try await options.plan(named: selection.skip.map { ("--skip", $0) }) {
                var campaign = try selection.campaign(.upgrade(to: version), $0)
                campaign.stops = stops
                return campaign
            }
        }
    }

    private func stops(before target: Version) throws -> [Version] {
        var found: [Version] = []
        for text in stops {
            func refuse(_ reason: String) -> CommandFailure { CommandFailure("--via \(text): \(reason)", code: .usage) }
            guard let stop = Version(text), stop.patch != nil else {
                throw refuse("is no version with a patch: write it as 1.35.6")
            }
            guard stop.major == target.major, stop.minor < target.minor else {
                throw refuse("is no minor before \(target): leave it out")
            }
            if let other = found.first(where: { $0.minor == stop.minor }) {
                throw refuse("the way leads through v\(stop.major).\(stop.minor) once, and \(other) is named already")
            }
            found.append(stop)
        }
        return found.sorted()
    }
}

struct PlanService: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "service",
        abstract: "Plans to take every node, or a selection, out of service once: for a patch, a reboot, a repair.",
        discussion: """
            Nothing is changed. Without --selector every node has its turn.

              evenkeel plan service --playbook playbooks/service-reboot.yaml --selector pool=gpu --pool pool=gpu=1
              evenkeel plan service --skip worker-3 --waive "bare-pod shop/debug until 2026-12-24: nobody needs it"
              kubectl get nodes,pods,pdb,deploy,rs,sts,ds,rc,jobs -A -o json | evenkeel plan service --cluster -
            """
    )

    @OptionGroup(title: "Nodes") var selection: SelectionOptions

    @OptionGroup var options: PlanOptions

    func run() async throws {
        try await Evenkeel.reporting {
            try await options.plan(named: selection.skip.map { ("--skip", $0) }) {
                try selection.campaign(.service, $0)
            }
        }
    }
}

struct PlanReplace: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replace",
        abstract: "Plans to drain one node for good; a node that is not Ready may be replaced too.",
        discussion: """
            Nothing is changed. The node does not come back, so nothing is planned to land on it.

              evenkeel plan replace worker-7
              evenkeel plan replace worker-7 --with worker-21 --output json > plan.json
            """
    )

    @Argument(help: "The node that leaves.")
    var node: String

    @Option(name: .customLong("with"), help: "The node that takes its place, where it has joined already.")
    var replacement: String?

    @OptionGroup var options: PlanOptions

    func run() async throws {
        try await Evenkeel.reporting {
            if node == replacement {
                throw CommandFailure("--with \(node): a node cannot take its own place: name another", code: .usage)
            }
            let named = [("replace", node)] + (replacement.map { [("--with", $0)] } ?? [])
            try await options.plan(named: named) { _ in
                Campaign(purpose: .replace(node: node, with: replacement))
            }
        }
    }
}
