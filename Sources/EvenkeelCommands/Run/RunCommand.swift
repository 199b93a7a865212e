import ArgumentParser
import ClusterModel
import Execution
import Foundation
import History
import Kubernetes
import NIOPosix
import NodeAccess
import Planning
import Playbooks
import Ports
import Reporting
import Rollout
import UnixSignals

struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Carries a plan out: cordon, drain, service over SSH, verify, uncordon, wave by wave.",
        discussion: """
            Before each wave its proof is checked against the cluster as it is then. Ctrl-C comes to a safe halt: what is \
            being serviced ends, the rest is given back. Giving the same plan again goes on from where a run stopped.

              evenkeel run plan.json --config evenkeel.yaml
            """
    )

    @Argument(help: "What `evenkeel plan … --output json` wrote.")
    var plan: String

    @OptionGroup var site: SiteOptions

    @Option(help: "The folder that runs are recorded in; by default one for each cluster in the user's state folder.")
    var state: String?

    @Option(name: .customLong("input"), help: "A value for one of the playbook's secret inputs, as NAME=VALUE.")
    var inputs: [String] = []

    @Option(help: "text or json: what is printed at the end.")
    var output: OutputFormat = .text

    func run() async throws {
        try await Evenkeel.reporting {
            let settings = try site.settings()
            let plan = try PlanSource.read(self.plan)
            let client = try await site.client(settings)
            do {
                try await carryOut(plan, settings, client)
                try await client.shutdown()
            } catch {
                try? await client.shutdown()
                throw error
            }
        }
    }

    private func carryOut(_ source: PlanSource, _ settings: SiteSettings, _ client: KubernetesClient) async throws {
        let cluster = try await client.snapshot()
        let name = settings.cluster ?? client.context
        let journal = try SQLiteJournal.open(path: StateFolder.file(state: state, cluster: name))
        let record = try await RunIdentity.record(for: source, cluster: name, in: journal, at: SystemTime().now)
        let crew = try Crew(source.plan, settings, cluster, run: record.id, secrets: try InputValues.read(inputs))
        let shell = SSHNodeShell(try crew.shellOptions(), time: SystemTime(), on: MultiThreadedEventLoopGroup.singleton)
        try await crew.reachEverybody(through: shell)
        let setup = RunSetup(run: record, outline: crew.outline, jobs: crew.jobs)
        let campaignRun = CampaignRun(
            setup,
            control: client,
            shell: shell,
            journal: journal,
            time: SystemTime(),
            judge: WaveProof(policy: source.plan.policy, campaign: source.plan.campaign, run: record.id),
            report: { news in RunLines.print(news) }
        )
        let conclusion = try await conclude(campaignRun)
        await shell.close()
        try await finish(record, source.plan, journal, conclusion)
    }

    /// A run that breaks off says which nodes it leaves cordoned.
    private func conclude(_ campaignRun: CampaignRun) async throws -> (Conclusion, interrupted: Bool) {
        do {
            return try await Interruptible.run(campaignRun)
        } catch {
            let left = await campaignRun.cordonedNodes
            if !left.isEmpty {
                let names = left.joined(separator: ", ")
                Console.note(
                    "evenkeel: broke off; still cordoned by this run: \(names); go on with: evenkeel run \(plan)"
                )
            }
            throw error
        }
    }

    private func finish(
        _ record: RunRecord,
        _ plan: Plan,
        _ journal: SQLiteJournal,
        _ conclusion: (Conclusion, interrupted: Bool)
    ) async throws {
        let report = try await ReportSource.report(on: record, plan, from: journal, at: SystemTime().now)
        try ReportSource.show(report, as: output)
        guard case .halted(let reason) = conclusion.0 else { return }
        let held = report.nodes.filter { $0.state == .failed }.map(\.node)
        let left = held.isEmpty ? "no node is left cordoned by this run" : "look at \(held.joined(separator: ", "))"
        Console.note("evenkeel: halted safely: \(reason)\n  \(left); go on with: evenkeel run \(self.plan)")
        throw ExitCode((conclusion.interrupted ? ExitStatus.interrupted : .halted).rawValue)
    }
}

/// A run that the first Ctrl-C, or SIGTERM, brings to a safe halt.
enum Interruptible {
    static func run(_ campaign: CampaignRun) async throws -> (Conclusion, interrupted: Bool) {
        try await withThrowingTaskGroup(of: Conclusion?.self) { group in
            let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm, .sighup)
            group.addTask { try await campaign.run() }
            group.addTask {
                for await _ in signals {
                    Console.note("evenkeel: coming to a safe halt: what is being serviced ends first")
                    campaign.interrupt()
                    return nil
                }
                return nil
            }
            defer { group.cancelAll() }
            var interrupted = false
            while let result = try await group.next() {
                if let conclusion = result { return (conclusion, interrupted) }
                interrupted = true
            }
            throw CancellationError()
        }
    }
}
