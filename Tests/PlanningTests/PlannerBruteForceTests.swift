import ClusterModel
import Testing

@testable import Planning

/// Compares with the fewest waves that trying everything finds, on clusters small enough for that.
@Suite struct PlannerBruteForceTests {
    /// Nodes of equal size, pods of some cores each, workloads of which some may be down at once.
    private struct Puzzle {
        var nodes = 4
        var maxOut = 2
        var capacity = 4
        var home: [Int] = []
        var size: [Int] = []
        var workload: [Int] = []
        var allowed: [Int] = []

        init(seed: UInt64) {
            var generator = SeededGenerator(seed: seed)
            func below(_ bound: Int) -> Int { Int(generator.next() % UInt64(bound)) }
            nodes = 4 + below(2)
            let groups = 2 + below(2)
            for group in 0..<groups {
                let pods = 1 + below(3)
                allowed.append(1 + below(2))
                for _ in 0..<pods where home.count < 6 {
                    let node = below(nodes)
                    let size = 1 + below(2)
                    if zip(home, self.size).reduce(size, { $0 + ($1.0 == node ? $1.1 : 0) }) > capacity { continue }
                    home.append(node)
                    self.size.append(size)
                    workload.append(group)
                }
            }
        }

        var cluster: Cluster {
            .with(nodes: 0) { builder in
                let offer = Resources(cpu: Int64(capacity) * 1000, pods: 10)
                for node in 0..<nodes { builder.addNode("w-\(node)", allocatable: offer) }
                for group in allowed.indices {
                    let pods = workload.indices.filter { workload[$0] == group }
                    builder.addWorkload("app-\(group)", on: pods.map { "w-\(home[$0])" })
                    for (number, pod) in zip(1..., pods) {
                        builder.changePod("app-\(group)-\(number)") { $0.requests.cpu = Int64(size[pod]) * 1000 }
                    }
                    builder.addBudget("app-\(group)", app: "app-\(group)", .maxUnavailable(.count(allowed[group])))
                }
            }
        }

        private struct State: Hashable {
            var home: [Int]
            var left: Set<Int>
        }

        /// The fewest waves for as many nodes as can leave at all; nil where some never can.
        func fewestWaves() -> Int? {
            var states: Set<State> = [State(home: home, left: Set(0..<nodes))]
            var seen = states
            var waves = 0
            while !states.isEmpty {
                if states.contains(where: \.left.isEmpty) { return waves }
                waves += 1
                var next: Set<State> = []
                for state in states { expand(state) { if seen.insert($0).inserted { next.insert($0) } } }
                states = next
            }
            return nil
        }

        private func expand(_ state: State, _ visit: (State) -> Void) {
            let left = state.left.sorted()
            for (place, first) in left.enumerated() {
                for second in [first] + left[(place + 1)...] {
                    let wave: Set<Int> = [first, second]
                    if wave.count > maxOut || !keepsBudgets(state.home, wave) { continue }
                    let left = state.left.subtracting(wave)
                    spread(state.home, wave, left, from: 0) { visit(State(home: $0, left: left)) }
                }
            }
        }

        private func keepsBudgets(_ home: [Int], _ wave: Set<Int>) -> Bool {
            func count(_ group: Int, on nodes: Set<Int>) -> Int {
                home.indices.count { workload[$0] == group && nodes.contains(home[$0]) }
            }
            let rounds =
                wave.flatMap { node in
                    allowed.indices.map { (count($0, on: [node]) + allowed[$0] - 1) / allowed[$0] }
                }.max() ?? 1
            return allowed.indices.allSatisfy { count($0, on: wave) <= max(1, rounds) * allowed[$0] }
        }

        /// Every way to place the pods of the wave so that none costs its new node a further round.
        private func spread(
            _ home: [Int],
            _ wave: Set<Int>,
            _ left: Set<Int>,
            from start: Int,
            _ visit: ([Int]) -> Void
        ) {
            let next = home.indices.first { $0 >= start && wave.contains(home[$0]) }
            guard let pod = next else { return visit(home) }
            for node in 0..<nodes where !wave.contains(node) {
                let load = home.indices.reduce(0) { $0 + (home[$1] == node ? size[$1] : 0) }
                if load + size[pod] > capacity { continue }
                let same = home.indices.count { home[$0] == node && workload[$0] == workload[pod] }
                if left.contains(node) && same + 1 > allowed[workload[pod]] { continue }
                var moved = home
                moved[pod] = node
                spread(moved, wave, left, from: pod + 1, visit)
            }
        }
    }

    @Test func `waves are the fewest on nearly all small clusters, and never more than one over`() {
        var same = 0
        var total = 0
        for seed in 1...60 as ClosedRange<UInt64> {
            let puzzle = Puzzle(seed: seed)
            let plan = plan(puzzle.cluster, maxOut: puzzle.maxOut, effort: 40)
            guard let fewest = puzzle.fewestWaves() else {
                #expect(!plan.obstacles.isEmpty, "seed \(seed)")
                continue
            }
            total += 1
            #expect(plan.obstacles.isEmpty, "seed \(seed)")
            #expect(plan.totals.waves >= fewest, "seed \(seed)")
            #expect(plan.totals.waves <= fewest + 1, "seed \(seed)")
            if plan.totals.waves == fewest { same += 1 }
        }
        #expect(total > 40)
        #expect(Double(same) >= 0.9 * Double(total), "\(same) of \(total)")
    }
}
