import ArgumentParser
import ClusterModel
import Kubernetes
import Planning
import Playbooks

struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Looks for what would go wrong in a campaign: servers, certificates, nodes, pods and budgets.",
        discussion: """
            Nothing is changed. Each finding has its numbers and what to do about it. With --ssh it also logs in to the nodes \
            and looks at disk space, clocks and certificates there, and on control-plane nodes at etcd: its members, \
            leader, alarms and database.

              evenkeel doctor
              evenkeel doctor --ssh
              evenkeel doctor --output json

            Exit codes: 0 nothing is broken, though there may be warnings; 1 something is broken.
            """
    )

    @Option(help: "text or json.")
    var output: OutputFormat = .text

    @Flag(help: "Log in to the nodes too: disks, clocks, certificates, etcd.")
    var ssh = false

    @OptionGroup(title: "Logging in") var reach: ReachOptions

    @OptionGroup(title: "Cluster") var site: SiteOptions

    func run() async throws {
        try await Evenkeel.reporting {
            let settings = try site.settings()
            let (cluster, report) = try await site.withClient(settings) { client in
                (try await client.snapshot(), try await client.healthReport())
            }
            var diagnosis = Diagnosis(of: cluster, report, at: SystemTime().now)
            if ssh { diagnosis.look(at: try await machines(of: cluster, settings), SystemTime().now) }
            switch output {
            case .json: Console.result(try Console.json(diagnosis))
            case .text: Console.result(diagnosis.text)
            }
            if diagnosis.findings.contains(where: { $0.severity == .broken }) {
                throw ExitCode(ExitStatus.failed.rawValue)
            }
        }
    }

    private func machines(of cluster: Cluster, _ settings: SiteSettings) async throws -> MachineReport {
        var access = try SSHAccess(settings, reach)
        let targets = cluster.nodes.map { access.target($0.name, labels: $0.labels, address: $0.address) }
        let fleet = HostOptions.Fleet(targets: targets, options: try await access.options(), timeout: .seconds(60))
        return try await MachineReport.read(
            fleet,
            controlPlane: Set(cluster.nodes.filter(\.isControlPlane).map(\.name))
        )
    }
}
