import ClusterModel
import Execution
import Planning
import Playbooks
import Ports
import Rollout
import Synchronization
import TestSupport
import Testing

/// What lies in the cluster for another machine says as much as the journal, and stays small.
struct DigestTests {
    private static func kept(_ digest: CampaignDigest) throws -> KeptCampaign {
        let run = RunRecord(id: "run-1", startedAt: Voyage.start, startedBy: "ops@a", cluster: "sim", plan: "")
        let state = KeptCampaign(run: run, holder: "a", who: "ops@a", savedAt: Voyage.start)
        return try KeptCampaign(text: try state.holding(digest).text())
    }

    private static func fold(_ events: [RecordedEvent], _ outline: RolloutOutline) -> Rollout {
        var rollout = Rollout(outline)
        for entry in events { rollout.apply(entry.event, at: entry.at) }
        rollout.apply(.resumed, at: Voyage.start)
        return rollout
    }

    @Test(arguments: 1...10 as ClosedRange<UInt64>)
    func `whenever a run dies, the same state follows from what lies in the cluster`(seed: UInt64) throws {
        var random = SplitMix(seed: seed)
        var voyage = Voyage(seed: seed, workers: 8, apps: 3, waveSize: 1 + Int(random.next() % 3))
        voyage.outline.maxFailures = 2
        voyage.outline.undoesFailures = random.chance(50)
        voyage.steps[0].undo = "take it back"
        voyage.outline.undoable = voyage.outline.steps.mapValues { _ in [0, 1] }
        voyage.outline.waves[0].isCanary = true
        voyage.outline.soak = .seconds(60)
        voyage.shared.state.withLock { state in
            state.faults.stepFails = 10
            state.faults.neverReady = 5
        }
        var looks = 0
        for attempt in 1... {
            let conclusion = try voyage.live(dyingAt: voyage.instants + 1 + Int(random.next() % 60))
            let events = voyage.state.journal.compactMap { line in
                line.event.map { RecordedEvent(at: line.at, event: $0) }
            }
            let kept = try Self.kept(CampaignDigest(events, of: voyage.outline))
            let whole = Self.fold(events, voyage.outline)
            let taken = Self.fold(kept.story, voyage.outline)
            Self.expect(taken, toBeAs: whole, "seed \(seed), attempt \(attempt)")
            // And once more, as the machine that took over keeps it in its turn.
            let again = try Self.kept(CampaignDigest(kept.story, of: voyage.outline))
            Self.expect(Self.fold(again.story, voyage.outline), toBeAs: whole, "again, seed \(seed), \(attempt)")
            looks += 1
            if conclusion == .finished { break }
            voyage.shared.state.withLock { state in
                for (name, node) in state.nodes where !node.ready { state.agenda.append((state.now, .nodeReady(name))) }
            }
            try #require(attempt < 300)
        }
        #expect(looks > 3)
    }

    private static func expect(_ taken: Rollout, toBeAs whole: Rollout, _ comment: Comment) {
        #expect(taken.waveIndex == whole.waveIndex, comment)
        #expect(taken.outline.waves.map(\.nodes) == whole.outline.waves.map(\.nodes), comment)
        #expect(taken.isAdmitted == whole.isAdmitted, comment)
        #expect(taken.baseline == whole.baseline || !whole.isAdmitted, comment)
        #expect(taken.soakEnd == whole.soakEnd, comment)
        #expect(taken.marks == whole.marks && taken.stopping == whole.stopping, comment)
        #expect(taken.conclusion == whole.conclusion && taken.isAborting == whole.isAborting, comment)
        for (name, progress) in whole.nodes {
            let other = taken.nodes[name]
            #expect(other?.phase == progress.phase, "\(comment): \(name)")
            #expect(other?.isCordoned == progress.isCordoned, "\(comment): \(name)")
            #expect(other?.stepsDone == progress.stepsDone && other?.failure == progress.failure, comment)
            #expect(other?.rebootedFrom == progress.rebootedFrom && other?.remark == progress.remark, comment)
            if progress.phase != .recovered { #expect(other?.changed == progress.changed, comment) }
        }
    }

    @Test func `the state of 5,000 nodes and 4,000 workloads fits into a ConfigMap all the way`() throws {
        let names = (1...5000).map { "rack-12-machine-\(10_000 + $0)" }
        let waves = stride(from: 0, to: 5000, by: 250).map { Array(names[$0..<$0 + 250]) }
        let outline = RolloutOutline(
            waves: zip(1..., waves).map { Wave(number: $0, rounds: 1, nodes: $1, moves: []) },
            steps: Dictionary(uniqueKeysWithValues: names.map { ($0, ["drain", "upgrade", "reboot"]) })
        )
        let health = (1...4000).map { number in
            let id = WorkloadID(kind: "Deployment", namespace: "team-\(number % 200)", name: "service-\(number)-api")
            return WorkloadHealth(workload: id, healthy: 12)
        }
        var digest = CampaignDigest(of: outline)
        var now = Voyage.start
        func add(_ event: Event) {
            now = now + .seconds(3)
            digest.add(RecordedEvent(at: now, event: event))
        }
        let lists = StepList.lists(of: outline.steps)
        add(.takenUp(by: RunHand(who: "ops@laptop", process: 1, release: "1", plan: "abc", steps: lists)))
        var largest = 0
        for (index, nodes) in waves.enumerated() {
            let coming = waves[(index + 1)...].flatMap { $0 }
            add(.steering(nodes: coming + nodes))
            add(.steered(nodes: coming, trouble: nil))
            add(.waveAdmitted(wave: index + 1, healthy: health))
            for node in nodes {
                add(.cordoned(node: node))
                add(.drained(node: node))
                for (step, name) in ["drain", "upgrade", "reboot"].enumerated() {
                    let output = String(repeating: "a long story ", count: 200)
                    let report = StepReport(name: name, outcome: .done, output: output)
                    add(.stepFinished(node: node, step: step, report: report))
                }
                add(.verified(node: node))
                add(.uncordoned(node: node))
            }
            let state = KeptCampaign(
                run: RunRecord(id: "run-1", startedAt: now, startedBy: "ops@laptop", cluster: "c", plan: ""),
                holder: "a",
                who: "ops@laptop",
                savedAt: now
            )
            // The first, the last, and some between.
            if index % 6 == 0 { largest = max(largest, try state.holding(digest).text().utf8.count) }
            add(.waveFinished(wave: index + 1))
        }
        // A plan of as many nodes has its place beside it: a ConfigMap takes 1 MiB.
        #expect(largest < 750_000, "\(largest) bytes")
    }
}
