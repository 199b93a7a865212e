import ClusterModel
import Execution
import Planning
import Playbooks
import Ports
import Rollout
import Testing

struct SteeringRunTests {
    private let nodes = ["a", "b", "c"]

    private var cluster: Cluster {
        Cluster(nodes: nodes.map { Node(name: $0, allocatable: Resources(cpu: 4000, pods: 10)) })
    }

    private func campaign(_ control: FakeControl, _ shell: FakeShell, _ journal: FakeJournal) -> CampaignRun {
        let jobs = nodes.map { name in
            NodeJob(
                target: NodeTarget(node: name, ssh: NodeSSH(host: "127.0.0.1", port: 22, user: "root")),
                steps: [PlaybookStep(name: "patch", run: "true")],
                variables: [:]
            )
        }
        let outline = RolloutOutline(
            waves: zip(1..., nodes).map { Wave(number: $0, rounds: 1, nodes: [$1], moves: []) },
            steps: Dictionary(uniqueKeysWithValues: nodes.map { ($0, ["patch"]) }),
            steers: true
        )
        let record = RunRecord(
            id: "run-1",
            startedAt: Instant(milliseconds: 0),
            startedBy: "ops@host",
            cluster: "lab",
            plan: ""
        )
        return CampaignRun(
            RunSetup(run: record, outline: outline, jobs: Dictionary(uniqueKeysWithValues: zip(nodes, jobs))),
            control: control,
            shell: shell,
            journal: journal,
            time: StillTime(),
            judge: EveryWaveHolds(),
            report: { _ in }
        )
    }

    @Test func `marks are set before the first cordon, and each is gone before its node's`() async throws {
        let (control, journal) = (FakeControl(cluster), FakeJournal())
        #expect(try await campaign(control, FakeShell(.done), journal).run() == .finished)
        let writes = await control.writes
        #expect(Set(writes.prefix(2)) == ["mark b for run-1", "mark c for run-1"])
        #expect(
            writes.dropFirst(2) == [
                "cordon a", "uncordon a", "unmark b", "cordon b", "uncordon b", "unmark c", "cordon c", "uncordon c",
                "release",
            ]
        )
        let lines = await journal.lines
        let written = try #require(lines.firstIndex { $0.hasPrefix("event steering") })
        let intent = try #require(lines.firstIndex { $0.hasPrefix("intent steer") })
        let outcome = try #require(lines.firstIndex { $0.hasPrefix("event steered") })
        #expect(written < intent && intent < outcome)
    }

    @Test func `a halt takes all marks away`() async throws {
        let control = FakeControl(cluster)
        guard case .halted = try await campaign(control, FakeShell(.failed), FakeJournal()).run() else {
            Issue.record("a failed step must halt the run")
            return
        }
        let writes = await control.writes
        #expect(Set(writes.suffix(3).dropLast()) == ["unmark b", "unmark c"])
    }

    @Test func `a run that was killed amid marking takes away what it may have left`() async throws {
        let control = FakeControl(cluster)
        let journal = FakeJournal([.steering(nodes: ["b", "c"])])
        #expect(try await campaign(control, FakeShell(.done), journal).run() == .finished)
        let writes = await control.writes
        #expect(Set(writes.prefix(2)) == ["mark b for run-1", "mark c for run-1"])
        #expect(writes.count { $0.hasPrefix("unmark") } == 2)
    }

    @Test func `a node that cannot be marked is told, and the run goes on`() async throws {
        let (control, journal) = (FakeControl(cluster, unmarkable: ["b"]), FakeJournal())
        #expect(try await campaign(control, FakeShell(.done), journal).run() == .finished)
        let trouble = "b could not be marked: patch nodes is forbidden"
        #expect(await journal.events.contains(.steered(nodes: ["b", "c"], trouble: trouble)))
    }
}
