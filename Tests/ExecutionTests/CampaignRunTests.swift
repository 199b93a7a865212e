import ClusterModel
import Execution
import Planning
import Playbooks
import Ports
import Rollout
import Testing

struct CampaignRunTests {
    private let cluster = Cluster(nodes: [
        Node(name: "a", allocatable: Resources(cpu: 4000, pods: 10)),
        Node(name: "b", allocatable: Resources(cpu: 4000, pods: 10)),
    ])

    private func campaign(_ control: FakeControl, _ shell: FakeShell, _ journal: FakeJournal) -> CampaignRun {
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
            judge: EveryWaveHolds(),
            report: { _ in }
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
}
