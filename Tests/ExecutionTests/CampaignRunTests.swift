import ClusterModel
import Execution
import Planning
import Playbooks
import Ports
import Rollout
import Synchronization
import Testing

struct CampaignRunTests {
    private let cluster = Cluster(nodes: [
        Node(name: "a", allocatable: Resources(cpu: 4000, pods: 10)),
        Node(name: "b", allocatable: Resources(cpu: 4000, pods: 10)),
    ])

    private func campaign(
        _ control: FakeControl,
        _ shell: FakeShell,
        _ journal: FakeJournal,
        judge: any WaveJudge = EveryWaveHolds(),
        report: @escaping @Sendable (RunNews) -> Void = { _ in }
    ) -> CampaignRun {
        let job = NodeJob(
            target: NodeTarget(node: "a", ssh: NodeSSH(host: "127.0.0.1", port: 22, user: "root")),
            steps: [PlaybookStep(name: "patch", run: "true")],
            variables: [:]
        )
        let outline = RolloutOutline(
            waves: [Wave(number: 1, rounds: 1, nodes: ["a"], moves: [])],
            steps: ["a": ["patch"]]
        )
        let record = RunRecord(
            id: "run-1",
            startedAt: Instant(milliseconds: 0),
            startedBy: "ops@host",
            cluster: "lab",
            plan: ""
        )
        return CampaignRun(
            RunSetup(run: record, outline: outline, jobs: ["a": job]),
            control: control,
            shell: shell,
            journal: journal,
            time: StillTime(),
            judge: judge,
            report: report
        )
    }

    @Test func `a node is cordoned, served and given back, and the lease with it`() async throws {
        let (control, shell, journal) = (FakeControl(cluster), FakeShell(.done), FakeJournal())
        #expect(try await campaign(control, shell, journal).run() == .finished)
        #expect(await control.writes == ["cordon a", "uncordon a", "release"])
        #expect(await shell.performed == ["a patch"])
        #expect(await journal.events.last == .finished)
    }

    @Test func `an intent is written before its effect's outcome`() async throws {
        let (control, shell, journal) = (FakeControl(cluster), FakeShell(.done), FakeJournal())
        _ = try await campaign(control, shell, journal).run()
        let lines = await journal.lines
        let intent = try #require(lines.firstIndex { $0.hasPrefix("intent cordon") })
        let outcome = try #require(lines.firstIndex { $0.hasPrefix("event cordoned") })
        #expect(intent < outcome)
    }

    @Test func `a failed step is not done again, and its node stays cordoned`() async throws {
        let (control, shell, journal) = (FakeControl(cluster), FakeShell(.failed), FakeJournal())
        let run = campaign(control, shell, journal)
        guard case .halted = try await run.run() else {
            Issue.record("a failed step must halt the run")
            return
        }
        #expect(await shell.performed == ["a patch"])
        #expect(await control.writes == ["cordon a", "release"])
        #expect(await run.cordonedNodes == ["a"])
    }

    @Test func `a run that died after its step goes on behind it`() async throws {
        let past: [Event] = [
            .waveAdmitted(wave: 1, healthy: []), .cordoned(node: "a"), .drained(node: "a"),
            .stepFinished(node: "a", step: 0, report: StepReport(name: "patch", outcome: .done)),
        ]
        let (control, shell, journal) = (FakeControl(cluster), FakeShell(.done), FakeJournal(past))
        #expect(try await campaign(control, shell, journal).run() == .finished)
        #expect(await shell.performed.isEmpty)
        #expect(await control.writes == ["uncordon a", "release"])
    }

    @Test func `a cluster that another run holds is left alone`() async throws {
        let control = FakeControl(cluster, leaseHolder: "run-0")
        let journal = FakeJournal()
        await #expect(throws: ExecutionError.leaseHeld(by: "run-0", renewed: nil)) {
            _ = try await campaign(control, FakeShell(.done), journal).run()
        }
        #expect(await control.writes.isEmpty)
        #expect(await journal.events.isEmpty)
    }

    @Test func `a wave that cannot be proven says why and until when, once`() async throws {
        let (control, shell, journal) = (FakeControl(cluster), FakeShell(.done), FakeJournal())
        let (waits, tell) = AsyncStream<RunWait>.makeStream()
        let run = campaign(control, shell, journal, judge: NoWaveHolds(reason: "budget web is spent")) { news in
            if case .waiting(let wait, _) = news { tell.yield(wait) }
        }
        async let conclusion = run.run()
        var told = waits.makeAsyncIterator()
        let limit = Instant(milliseconds: 1000) + Deadlines().recover
        #expect(await told.next() == .unproven(wave: 1, reason: "budget web is spent", until: limit))
        run.interrupt()
        _ = try await conclusion
        tell.finish()
        #expect(await told.next() == nil)
        #expect(await control.writes == ["release"])
    }

    @Test func `whoever watches sees the wave's nodes and how far they are`() async throws {
        let seen = Mutex<[RunStanding]>([])
        let run = campaign(FakeControl(cluster), FakeShell(.done), FakeJournal()) { news in
            if case .standing(let standing) = news { seen.withLock { $0.append(standing) } }
        }
        _ = try await run.run()
        let standings = seen.withLock { $0 }
        let phases = standings.compactMap(\.nodes.first?.phase)
        #expect(phases.contains(.servicing))
        #expect(standings.contains { $0.nodes.first?.step == "patch" })
        #expect(standings.last?.done == 1)
        #expect(standings.allSatisfy { $0.wave == 1 && $0.waves == 1 && $0.total == 1 })
    }
}
