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
import Rollout

struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Carries a plan out: cordon, drain, service over SSH, verify, uncordon, wave by wave.",
        discussion: """
            Before each wave its proof is checked against the cluster as it is then. Ctrl-C comes to a safe halt: what is \
            being serviced ends, the rest is given back. Giving the same plan again goes on from where a run stopped.

              evenkeel run plan.json --config evenkeel.yaml
              evenkeel run plan.json --input-file secrets.txt --output json > report.json
            """
    )

    @Argument(help: "What `evenkeel plan … --output json` wrote.")
    var plan: String

    @OptionGroup var site: SiteOptions

    @Option(help: "The folder that runs are recorded in; by default one for each cluster in the user's state folder.")
    var state: String?

    @OptionGroup var inputs: RunInputOptions

    @OptionGroup var reach: ReachOptions

    @OptionGroup var sudo: SudoOptions

    @Option(help: "text or json: what is printed at the end.")
    var output: OutputFormat = .text

    @OptionGroup var verbosity: VerbosityOptions

    func run() async throws {
        try await Evenkeel.reporting {
            let settings = try site.settings()
            let source = try PlanSource.read(plan)
            let work = try PlannedWork(source.plan, inputs)
            let access = try SSHAccess(settings, reach)
            let password = try sudo.password(orFrom: settings.ssh.sudoPasswordFile)
            let client = try await site.client(settings)
            do {
                try await carryOut(source, work, access, password, settings, client)
                try await client.shutdown()
            } catch {
                try? await client.shutdown()
                throw error
            }
        }
    }

    private func carryOut(
        _ source: PlanSource,
        _ work: PlannedWork,
        _ access: SSHAccess,
        _ sudoPassword: String?,
        _ settings: SiteSettings,
        _ client: KubernetesClient
    ) async throws {
        let patience = Patience.ofTerminal(SystemTime())
        let cluster = try await patience.during("reading the cluster") { try await client.snapshot() }
        try site.checkNodes(of: settings, against: cluster)
        let name = settings.cluster ?? client.context
        let file = StateFolder.file(state: state, cluster: name)
        let journal = try SQLiteJournal.open(path: file)
        let lock = try RunLock(journal: file)
        try await RunIdentity.releaseLeftover(in: journal, of: client)
        let (record, isOver) = try await RunIdentity.record(
            for: source,
            cluster: name,
            in: journal,
            at: SystemTime().now
        )
        if isOver { return try await show(record, source.plan, from: journal) }
        let crew = try Crew(source.plan, work, settings, cluster, access, run: record.id)
        let options = try await crew.shellOptions(sudoPassword: sudoPassword)
        let shell = SSHNodeShell(options, time: SystemTime(), on: MultiThreadedEventLoopGroup.singleton)
        if verbosity.level != .quiet { Console.note("evenkeel: logging in to \(crew.jobs.count) nodes") }
        try await crew.reachEverybody(through: shell)
        let begun = Set(try await journal.events(of: record.id).compactMap { $0.event.servicedNode })
        try await crew.stageEverything(through: shell, but: begun, isQuiet: verbosity.level == .quiet)
        let progress = progress()
        let campaignRun = CampaignRun(
            RunSetup(run: record, outline: crew.outline, jobs: crew.jobs),
            control: client,
            shell: shell,
            journal: journal,
            time: SystemTime(),
            judge: WaveProof(
                policy: source.plan.policy,
                campaign: source.plan.campaign,
                run: record.id,
                time: SystemTime()
            ),
            report: { progress.tell($0) }
        )
        let conclusion = try await conclude(campaignRun, progress)
        await shell.close()
        _ = consume lock
        try await show(record, source.plan, from: journal)
        try await judge(conclusion, leaving: campaignRun.cordonedNodes)
    }

    private func show(_ record: RunRecord, _ plan: Plan, from journal: SQLiteJournal) async throws {
        let report = try await ReportSource.report(on: record, plan, from: journal, at: SystemTime().now)
        try ReportSource.show(report, as: output)
    }

    private func progress() -> RunProgress {
        RunProgress(
            verbosity.level,
            terminal: Console.liveTerminal() == nil ? nil : Console.liveTerminal,
            time: SystemTime(),
            write: Console.write
        )
    }

    /// A run that breaks off says which nodes it leaves cordoned.
    private func conclude(
        _ campaignRun: CampaignRun,
        _ progress: RunProgress
    ) async throws -> (Conclusion, interrupted: Bool) {
        do {
            return try await progress.during {
                try await Interruptible.run(campaignRun) { progress.note($0) }
            }
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            let left = await campaignRun.cordonedNodes
            if left.isEmpty { throw error }
            throw CommandFailure("\(error); \(Self.farewell(to: left, plan))")
        }
    }

    private func judge(_ conclusion: (Conclusion, interrupted: Bool), leaving left: [String]) throws {
        guard case .halted(let reason) = conclusion.0 else { return }
        throw CommandFailure(
            "halted safely: \(reason); \(Self.farewell(to: left, plan))",
            code: conclusion.interrupted ? .interrupted : .halted
        )
    }

    /// What is left behind, and how to go on.
    static func farewell(to cordoned: [String], _ plan: String) -> String {
        let names = cordoned.joined(separator: ", ")
        let left = cordoned.isEmpty ? "this run leaves no node cordoned" : "still cordoned by this run: \(names)"
        return "\(left); go on with: evenkeel run \(plan)"
    }
}
