import ArgumentParser
import ClusterModel
import Kubernetes
import Planning

struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Looks for what would go wrong in a campaign: servers, certificates, nodes, pods and budgets.",
        discussion: """
            Nothing is changed. Each finding has its numbers and what to do about it.

              evenkeel doctor
              evenkeel doctor --output json

            Exit codes: 0 nothing is broken, though there may be warnings; 1 something is broken.
            """
    )

    @Option(help: "text or json.")
    var output: OutputFormat = .text

    @OptionGroup(title: "Cluster") var site: SiteOptions

    func run() async throws {
        try await Evenkeel.reporting {
            let settings = try site.settings()
            let (cluster, report) = try await site.withClient(settings) { client in
                (try await client.snapshot(), try await client.healthReport())
            }
            let diagnosis = Diagnosis(of: cluster, report, at: SystemTime().now)
            switch output {
            case .json: Console.result(try Console.json(diagnosis))
            case .text: Console.result(diagnosis.text)
            }
            if diagnosis.findings.contains(where: { $0.severity == .broken }) {
                throw ExitCode(ExitStatus.failed.rawValue)
            }
        }
    }
}
