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

/// Which run is carried out, and to which end.
enum LaunchAim {
    /// The plan of this file: a new run, or the one that it began before.
    case carryOut(PlanSource)
    /// The last run, from where it stopped.
    case resume
    /// The campaign that another machine has begun, as it lies in the cluster.
    case takeOver
    /// The last run, to give it up.
    case abort
}

/// Takes a run up and drives it to its end: what `run`, `resume` and `abort` have in common.
struct Launch {
    var aim: LaunchAim
    var options: LaunchOptions
    var rules: RuleOptions
    var metrics: String?

    func run() async throws {
        let settings = try options.site.settings()
        if case .carryOut(let source) = aim { _ = try PlannedWork(source.plan, options.inputs, ask: { _ in "" }) }
        let access = try SSHAccess(settings, options.reach)
        let password = try options.sudo.password(orFrom: settings.ssh.sudoPasswordFile)
        let client = try await options.site.client(settings, access: access, sudoPassword: password)
        do {
            try await drive(access, password, settings, client)
            try await client.shutdown()
        } catch {
            try? await client.shutdown()
            throw error
        }
    }

    private func drive(
        _ access: SSHAccess,
        _ sudoPassword: String?,
        _ settings: SiteSettings,
        _ client: KubernetesClient
    ) async throws {
        let name = settings.cluster ?? client.context
        let file = StateFolder.file(state: options.state, cluster: name)
        if !aim.beginsRuns { try StateFolder.require(file) }
        let patience = Patience.ofTerminal(SystemTime())
        let cluster = try await patience.during("reading the cluster") { try await client.snapshot() }
        try options.site.checkNodes(of: settings, against: cluster)
        let journal = try SQLiteJournal.open(path: file)
        let lock = try RunLock(journal: file)
        let holder = Holder.name(journal: file)
        try await RunIdentity.releaseLeftover(in: journal, of: client, holder: holder)
        if aim.takesOver { try await TakeOver.fetch(from: client, into: journal) }
        let choice = try await RunChoice.choose(aim, cluster: name, in: journal, at: SystemTime().now)
        if choice.isOver { return try await show(choice.record, choice.plan, from: journal) }
        let work = try PlannedWork(choice.plan, options.inputs)
        var crew = try Crew(
            choice.plan,
            work,
            settings,
            cluster,
            access,
            run: choice.record.id,
            skipsMissing: !choice.isNew
        )
        crew.outline.undoable = crew.jobs.mapValues { job in
            Set(job.steps.indices.filter { job.steps[$0].isUndoable })
        }
        try CampaignRules(options: rules, settings: settings, now: SystemTime().now).apply(to: &crew.outline)
        let shell = SSHNodeShell(
            try await crew.shellOptions(sudoPassword: sudoPassword),
            time: SystemTime(),
            on: MultiThreadedEventLoopGroup.singleton
        )
        if aim.beginsOrGoesOn {
            try await reachEverybody(crew, through: shell)
            let begun = Set(try await journal.events(of: choice.record.id).compactMap { $0.event.servicedNode })
            try await crew.stageEverything(through: shell, but: begun, isQuiet: options.verbosity.level == .quiet)
        }
        let progress = progress()
        let hooks = HookRunner(settings.hooks, run: choice.record, time: SystemTime()) { progress.note($0) }
        let campaignRun = CampaignRun(
            RunSetup(
                run: choice.record,
                outline: crew.outline,
                jobs: crew.jobs,
                hand: choice.hand(steps: crew.outline.steps, work),
                abortsRun: aim.abortsRuns,
                holder: "\(choice.record.id) \(holder)",
                takesOver: aim.takesOver,
                storedPlan: TakeOver.slim(choice.plan),
                gates: settings.gates
            ),
            control: client,
            shell: shell,
            journal: journal,
            time: SystemTime(),
            judge: WaveProof(
                policy: choice.plan.policy,
                campaign: choice.plan.campaign,
                run: choice.record.id,
                time: SystemTime()
            ),
            store: client,
            gates: SystemGates(),
            report: {
                progress.tell($0)
                hooks.tell($0)
            }
        )
        let beside = try await Beside(self, settings, cluster, journal: file, name: name)
        let conclusion = try await beside.during { try await conclude(campaignRun, progress, hooks) }
        await shell.close()
        _ = consume lock
        try await finish(choice, campaignRun, conclusion, journal)
    }

    private func reachEverybody(_ crew: Crew, through shell: SSHNodeShell) async throws {
        if options.verbosity.level != .quiet { Console.note("evenkeel: logging in to \(crew.jobs.count) nodes") }
        try await crew.reachEverybody(through: shell)
    }

    private func finish(
        _ choice: RunChoice,
        _ campaignRun: CampaignRun,
        _ conclusion: (Conclusion, interrupted: Bool),
        _ journal: SQLiteJournal
    ) async throws {
        if case .aborted = conclusion.0 {
            return try AbortResult(choice.record.id, left: await campaignRun.leftNodes).show(as: options.output)
        }
        try await show(choice.record, choice.plan, from: journal)
        guard case .halted(let reason) = conclusion.0 else { return }
        throw CommandFailure(
            "halted safely: \(reason); \(Self.farewell(to: await campaignRun.cordonedNodes))",
            code: await exitCode(campaignRun, conclusion)
        )
    }

    private func exitCode(_ run: CampaignRun, _ conclusion: (Conclusion, interrupted: Bool)) async -> ExitStatus {
        if await run.brokenGate != nil { return .gate }
        return conclusion.interrupted ? .interrupted : .halted
    }

    private func show(_ record: RunRecord, _ plan: Plan, from journal: SQLiteJournal) async throws {
        let report = try await ReportSource.report(
            on: record,
            plan,
            from: journal,
            probesBeside: journal.file,
            at: SystemTime().now
        )
        try ReportSource.show(report, as: options.output)
    }

    private func progress() -> RunProgress {
        RunProgress(
            options.verbosity.level,
            terminal: Console.liveTerminal() == nil ? nil : Console.liveTerminal,
            time: SystemTime(),
            write: Console.write
        )
    }

    /// A run that breaks off says which nodes it leaves cordoned.
    private func conclude(
        _ campaignRun: CampaignRun,
        _ progress: RunProgress,
        _ hooks: HookRunner
    ) async throws -> (Conclusion, interrupted: Bool) {
        do {
            return try await progress.during {
                try await hooks.during {
                    try await Interruptible.run(campaignRun) { progress.note($0) }
                }
            }
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            let left = await campaignRun.cordonedNodes
            if left.isEmpty { throw error }
            throw CommandFailure("\(error); \(Self.farewell(to: left))")
        }
    }

    /// What is left behind, and how to go on.
    static func farewell(to cordoned: [String]) -> String {
        let names = cordoned.joined(separator: ", ")
        let left = cordoned.isEmpty ? "this run leaves no node cordoned" : "still cordoned by this run: \(names)"
        return "\(left); go on with `evenkeel resume`, or give it up with `evenkeel abort`"
    }
}

extension LaunchAim {
    fileprivate var beginsRuns: Bool {
        switch self {
        case .carryOut, .takeOver: true
        case .resume, .abort: false
        }
    }
    fileprivate var takesOver: Bool { if case .takeOver = self { true } else { false } }
    fileprivate var abortsRuns: Bool { if case .abort = self { true } else { false } }
    fileprivate var beginsOrGoesOn: Bool { !abortsRuns }
}
