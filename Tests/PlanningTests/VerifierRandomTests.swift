import ClusterModel
import TestSupport
import Testing

@testable import Planning

struct VerifierRandomTests {
    @Test(arguments: 0..<60) func `verdicts on random plans agree with a naive recount`(seed: UInt64) {
        var random = SplitMix(seed: seed)
        let cluster = Self.cluster(&random)
        let plan = NaivePlanner(cluster: cluster).plan()
        let verifier = PlanVerifier(cluster: cluster, policy: plan.policy, campaign: plan.campaign)
        let recount = NaiveRecount(cluster: cluster, maxOut: 1)
        #expect(verifier.brokenClaims(of: plan) == [])
        #expect(recount.accepts(plan.waves))
        guard !plan.waves.isEmpty else { return }
        for _ in 0..<40 {
            var changed = plan
            Self.mutate(&changed.waves, &random)
            let claims = verifier.brokenClaims(of: changed)
            #expect(claims.isEmpty == recount.accepts(changed.waves), "\(claims) for \(changed.waves)")
        }
    }

    @Test func `the random mutations are of both kinds`() {
        var verdicts: Set<Bool> = []
        for seed in 0..<20 as Range<UInt64> {
            var random = SplitMix(seed: seed)
            let cluster = Self.cluster(&random)
            var plan = NaivePlanner(cluster: cluster).plan()
            guard !plan.waves.isEmpty else { continue }
            Self.mutate(&plan.waves, &random)
            let verifier = PlanVerifier(cluster: cluster, policy: plan.policy, campaign: plan.campaign)
            verdicts.insert(verifier.brokenClaims(of: plan).isEmpty)
        }
        #expect(verdicts == [true, false])
    }

    private static func cluster(_ random: inout SplitMix) -> Cluster {
        let count = Int.random(in: 3...6, using: &random)
        return Cluster.with(nodes: count) { builder in
            for number in 0..<Int.random(in: 2...5, using: &random) {
                let places = (0..<Int.random(in: 1...4, using: &random)).map { _ in
                    "w-\(Int.random(in: 1...count, using: &random))"
                }
                let cpu = Int64.random(in: 1...12, using: &random) * 100
                builder.addWorkload("app-\(number)", on: places, requests: Resources(cpu: cpu, pods: 1))
                if Bool.random(using: &random) {
                    let size = CountOrPercent.count(Int.random(in: 1...2, using: &random))
                    builder.addBudget("app-\(number)", app: "app-\(number)", .maxUnavailable(size))
                }
            }
        }
    }

    /// One random change somewhere in the waves.
    private static func mutate(_ waves: inout [Wave], _ random: inout SplitMix) {
        let wave = Int.random(in: waves.indices, using: &random)
        let other = Int.random(in: waves.indices, using: &random)
        let node = "w-\(Int.random(in: 1...6, using: &random))"
        let index = waves[wave].moves.indices.randomElement(using: &random)
        switch (Int.random(in: 0..<9, using: &random), index) {
        case (0, let index?): waves[wave].moves.remove(at: index)
        case (1, let index?): waves[wave].moves.append(waves[wave].moves[index])
        case (2, let index?): waves[wave].moves[index].from = node
        case (3, let index?): waves[wave].moves[index].pod.name += "-gone"
        case (4, _): waves[wave].rounds += Int.random(in: -1...1, using: &random)
        case (5, _): (waves[wave].nodes, waves[other].nodes) = (waves[other].nodes, waves[wave].nodes)
        case (6, _): waves[wave].nodes.append(node)
        case (_, let index?): waves[wave].moves[index].to = node
        default: waves.remove(at: wave)
        }
    }
}

/// One node after another, every pod to the first node with room; nodes that cannot be emptied are left out.
private struct NaivePlanner {
    var cluster: Cluster

    func plan() -> Plan {
        let recount = NaiveRecount(cluster: cluster, maxOut: 1)
        var waves: [Wave] = []
        for node in cluster.nodes {
            let wave = wave(for: node.name, after: waves, recount)
            if let wave, recount.accepts(waves + [wave]) { waves.append(wave) }
        }
        return Plan(
            campaign: Campaign(purpose: .service),
            policy: Policy(maxOut: .count(1)),
            createdAt: Instant(milliseconds: 0),
            waves: waves,
            findings: [],
            bounds: Bounds(waves: 0, rounds: 0, evictions: 0)
        )
    }

    private func wave(for node: String, after waves: [Wave], _ recount: NaiveRecount) -> Wave? {
        var places = recount.places(after: waves)
        var moves: [Move] = []
        for pod in cluster.pods where places[pod.id] == node {
            let target = cluster.nodes.first { target in
                target.name != node
                    && recount.load(of: target.name, places) + pod.requests.cpu <= target.allocatable.cpu
            }
            guard let target else { return nil }
            places[pod.id] = target.name
            moves.append(Move(pod: pod.id, from: node, to: target.name))
        }
        let rounds = recount.rounds(for: moves.map(\.pod))
        return Wave(number: (waves.last?.number ?? 0) + 1, rounds: rounds, nodes: [node], moves: moves)
    }
}

/// The rules again, for clusters where all pods are healthy and only CPU and pods are scarce.
private struct NaiveRecount {
    var cluster: Cluster
    var maxOut: Int

    func places(after waves: [Wave]) -> [PodID: String] {
        var places = Dictionary(uniqueKeysWithValues: cluster.pods.map { ($0.id, $0.node ?? "") })
        for move in waves.flatMap(\.moves) { places[move.pod] = move.to }
        return places
    }

    func load(of node: String, _ places: [PodID: String]) -> Int64 {
        cluster.pods.filter { places[$0.id] == node }.reduce(0) { $0 + $1.requests.cpu }
    }

    /// What the pod's workload may lose at once: its budget's `maxUnavailable`, or one.
    private func allowed(_ pod: PodID) -> Int {
        let budget = cluster.budgets.first { pod.name.hasPrefix("\($0.id.name)-") }
        guard case .maxUnavailable(.count(let count)) = budget?.rule else { return 1 }
        return min(count, cluster.pods.count { group($0.id) == group(pod) })
    }

    private func group(_ pod: PodID) -> Substring { pod.name[..<(pod.name.lastIndex(of: "-") ?? pod.name.endIndex)] }

    func rounds(for pods: [PodID]) -> Int {
        Dictionary(grouping: pods, by: group).values.map { pods in
            let most = pods.first.map(allowed) ?? 1
            return (pods.count + most - 1) / most
        }.max() ?? 1
    }

    func accepts(_ waves: [Wave]) -> Bool {
        let nodes = waves.flatMap(\.nodes)
        guard Set(nodes).count == nodes.count, nodes.allSatisfy({ cluster.node($0) != nil }) else { return false }
        return waves.indices.allSatisfy { accepts(waves[$0], before: places(after: Array(waves[..<$0]))) }
    }

    private func accepts(_ wave: Wave, before: [PodID: String]) -> Bool {
        let leaving = before.filter { wave.nodes.contains($0.value) }.map(\.key)
        let moved = wave.moves.map(\.pod)
        guard moved.sorted() == leaving.sorted(), (1...maxOut).contains(wave.nodes.count) else { return false }
        guard wave.moves.allSatisfy({ before[$0.pod] == $0.from && !wave.nodes.contains($0.to) }) else { return false }
        guard wave.rounds == rounds(for: leaving) else { return false }
        var after = before
        for move in wave.moves { after[move.pod] = move.to }
        return Set(wave.moves.map(\.to)).allSatisfy { name in
            guard let node = cluster.node(name) else { return false }
            return load(of: name, after) <= node.allocatable.cpu && after.values.count { $0 == name } <= 10
        }
    }
}
