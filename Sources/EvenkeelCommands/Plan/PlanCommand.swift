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
            """,
        subcommands: [PlanUpgrade.self, PlanService.self]
    )
}

struct PlanUpgrade: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "upgrade",
        abstract: "Plans the way of every node to a Kubernetes version, control plane first.",
        discussion: """
            Nothing is changed. The workers come after the control plane, whose nodes go one at a time.

              evenkeel plan upgrade --to 1.36.2 --playbook playbooks/kubeadm-upgrade.yaml --max-out 10%
              evenkeel plan upgrade --to 1.36.2 --cluster snapshot.json --output json > plan.json
            """
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
        discussion: """
            Nothing is changed. Without --selector every node has its turn.

              evenkeel plan service --playbook playbooks/service-reboot.yaml --selector pool=gpu
              kubectl get nodes,pods,pdb,deploy,rs,sts,ds,rc,jobs -A -o json | evenkeel plan service --cluster -
            """
    )

    @OptionGroup var options: PlanOptions

    func run() async throws { try await Evenkeel.reporting { try await options.plan(.service) } }
}
