import ClusterModel
import Execution
import Planning
import Playbooks
import Ports
import Rollout
import Synchronization
import Testing

/// A campaign in the simulated world, carried out by as many processes as it takes.
struct Voyage {
    static let start = Instant(milliseconds: 1_800_000_000_000)

    var shared: WorldPorts.Shared
    var stage: Stage
    var waves: [[String]]
    var steps = [PlaybookStep(name: "patch", run: "patch"), PlaybookStep(name: "reboot", reboot: true)]
    var outline: RolloutOutline
    /// Nodes that somebody else has cordoned before.
    var foreign: Set<String> = []
    var gates: (any GateWatch)?
    var gateSettings: [GateSettings] = []
    /// The campaign's state is kept in the cluster too.
    var isKept = false
    var judge: any WaveJudge = EveryWaveHolds()
    /// How long the first step takes on a machine.
    var serviceTime: Duration = .seconds(3)

    init(seed: UInt64, workers: Int, apps: Int, waveSize: Int = 1) {
        var world = WorldState.make(seed: seed, workers: workers, apps: apps, at: Self.start)
        let names = world.nodes.keys.sorted()
        // The last node is nobody's of ours; the one before takes what leaves.
        foreign = [names[names.count - 1]]
        for name in foreign {
            world.nodes[name]?.unschedulable = true
            world.owners[name] = "kubectl"
        }
        let planned = Array(names.prefix(workers))
        waves = stride(from: 0, to: planned.count, by: waveSize).map {
            Array(planned[$0..<min($0 + waveSize, planned.count)])
        }
        shared = WorldPorts.Shared(world)
        stage = Stage(at: Self.start)
        outline = RolloutOutline(
            waves: zip(1..., waves).map { Wave(number: $0, rounds: 1, nodes: $1, moves: []) },
            steps: Dictionary(uniqueKeysWithValues: planned.map { ($0, ["patch", "reboot"]) }),
            steers: true
        )
    }

    /// One process's life.
    ///
    /// - Returns: nil where the process died.
    func live(
        dyingAt death: Int? = nil,
        aborts: Bool = false,
        holder: String = "a",
        takesOver: Bool = false
    ) throws -> Conclusion? {
        let ports = WorldPorts(shared, time: stage, dyingAt: death, serviceTime: serviceTime)
        let run = process(ports, aborts: aborts, holder: holder, takesOver: takesOver)
        let result = stage.play(
            { try await run.run() },
            pass: { now in
                let (next, changed) = shared.state.withLock { $0.pass(to: now) }
                if changed { ports.show() }
                return next
            }
        )
        let outcome = try #require(result, "the run hangs: nothing is left to wait for")
        switch outcome {
        case .success(let conclusion): return conclusion
        case .failure(is Death): return nil
        case .failure(let error): throw error
        }
    }

    func process(
        _ ports: WorldPorts,
        aborts: Bool = false,
        holder: String,
        takesOver: Bool = false
    ) -> CampaignRun {
        CampaignRun(
            setup(aborts: aborts, holder: holder, takesOver: takesOver),
            control: ports,
            shell: ports,
            journal: ports,
            time: stage,
            judge: judge,
            store: isKept ? ports : nil,
            gates: gates,
            report: { _ in }
        )
    }

    private func setup(aborts: Bool, holder: String, takesOver: Bool) -> RunSetup {
        let jobs = Dictionary(
            uniqueKeysWithValues: outline.steps.keys.map { name in
                let target = NodeTarget(node: name, ssh: NodeSSH(host: name, port: 22, user: "root"))
                return (name, NodeJob(target: target, steps: steps, variables: [:]))
            }
        )
        return RunSetup(
            run: RunRecord(id: "run-1", startedAt: Self.start, startedBy: "ops@a", cluster: "sim", plan: ""),
            outline: outline,
            jobs: jobs,
            hand: RunHand(
                who: "ops@a",
                process: 1,
                release: "test",
                plan: "",
                steps: StepList.lists(of: outline.steps)
            ),
            abortsRun: aborts,
            holder: holder,
            takesOver: takesOver,
            gates: gateSettings
        )
    }

    var state: WorldState { shared.state.withLock { $0 } }
    var instants: Int { shared.instants.withLock { $0 } }
    var events: [Event] { state.journal.compactMap(\.event) }

    /// Every node serviced exactly once, nothing of ours left behind, nothing of others' touched, no budget broken.
    func expectDoneOnce(_ comment: Comment, sourceLocation: SourceLocation = #_sourceLocation) {
        let state = state
        for name in waves.joined() {
            let done = state.hosts[name]?.done ?? [:]
            #expect(done == ["patch": 1, "reboot": 1], "\(comment): \(name)", sourceLocation: sourceLocation)
            #expect(state.hosts[name]?.boot == 2, "\(comment): \(name)", sourceLocation: sourceLocation)
        }
        let cordoned = Set(state.nodes.values.filter(\.unschedulable).map(\.name))
        #expect(cordoned == foreign, comment, sourceLocation: sourceLocation)
        #expect(foreign.allSatisfy { state.owners[$0] == "kubectl" }, comment, sourceLocation: sourceLocation)
        #expect(state.marks.isEmpty, comment, sourceLocation: sourceLocation)
        #expect(Set(state.evictions).count == state.evictions.count, comment, sourceLocation: sourceLocation)
        #expect(state.broken.isEmpty, "\(comment): \(state.broken.first ?? "")", sourceLocation: sourceLocation)
        #expect(state.lease == nil, comment, sourceLocation: sourceLocation)
    }
}
