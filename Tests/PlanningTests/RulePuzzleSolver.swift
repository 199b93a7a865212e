@testable import Planning

/// Tries every order and every place for the pods of a puzzle, with rules written down once more.
struct RulePuzzleSolver {
    private let puzzle: RulePuzzle
    private let nodes: Int
    private var seen: Set<Int> = []
    /// The most nodes that leave in any order.
    private(set) var most = 0

    init(_ puzzle: RulePuzzle) {
        self.puzzle = puzzle
        nodes = puzzle.zones.count
        explore(puzzle.home, left: (1 << nodes) - 1)
    }

    private mutating func explore(_ home: [Int], left: Int) {
        if most == nodes { return }
        var key = left
        for node in home { key = key * 5 + node }
        if !seen.insert(key).inserted { return }
        most = max(most, nodes - left.nonzeroBitCount)
        for wave in 1..<(1 << nodes) where wave & left == wave && wave.nonzeroBitCount <= puzzle.maxOut {
            if let rounds = rounds(home, wave) { place(home, home, wave, left, rounds, from: 0) }
        }
    }

    private func contains(_ wave: Int, _ node: Int) -> Bool { wave >> node & 1 == 1 }

    /// What the neediest node needs; nil where limits or budgets forbid the wave.
    private func rounds(_ home: [Int], _ wave: Int) -> Int? {
        if let limit = puzzle.perZone {
            for zone in 0...1 {
                let out = (0..<nodes).count { contains(wave, $0) && puzzle.zones[$0] == zone }
                if out > limit { return nil }
            }
        }
        var rounds = 1
        var totals = puzzle.apps.map { _ in 0 }
        for node in 0..<nodes where contains(wave, node) {
            var counts = puzzle.apps.map { _ in 0 }
            for pod in home.indices where home[pod] == node { counts[puzzle.app[pod]] += 1 }
            for (app, count) in counts.enumerated() {
                totals[app] += count
                rounds = max(rounds, (count + puzzle.apps[app].allowed - 1) / puzzle.apps[app].allowed)
            }
        }
        for (app, count) in totals.enumerated() where count > rounds * puzzle.apps[app].allowed { return nil }
        return rounds
    }

    private mutating func place(
        _ before: [Int],
        _ home: [Int],
        _ wave: Int,
        _ left: Int,
        _ rounds: Int,
        from start: Int
    ) {
        var pod = start
        while pod < home.count, !contains(wave, before[pod]) { pod += 1 }
        if pod == home.count {
            if isAllowed(before, home, wave, rounds) { explore(home, left: left & ~wave) }
            return
        }
        for node in 0..<nodes where !contains(wave, node) && hasRoom(home, node, for: pod) {
            var next = home
            next[pod] = node
            place(before, next, wave, left, rounds, from: pod + 1)
        }
    }

    private func hasRoom(_ home: [Int], _ node: Int, for pod: Int) -> Bool {
        let app = puzzle.apps[puzzle.app[pod]]
        if let zone = app.volumeZone, zone != puzzle.zones[node] { return false }
        var load = app.size
        for other in home.indices where home[other] == node { load += puzzle.apps[puzzle.app[other]].size }
        return load <= RulePuzzle.capacity
    }

    private func isAllowed(_ before: [Int], _ home: [Int], _ wave: Int, _ rounds: Int) -> Bool {
        let moved = home.indices.filter { contains(wave, before[$0]) }
        for pod in moved {
            for other in home.indices where other != pod && conflict(pod, other, home) { return false }
            if let topology = puzzle.apps[puzzle.app[pod]].spread, !isEven(pod, home, topology, wave) { return false }
        }
        return isGrounded(moved, home, rounds)
    }

    private func domain(_ node: Int, _ topology: RulePuzzle.Topology) -> Int {
        topology == .host ? node : puzzle.zones[node]
    }

    private func conflict(_ pod: Int, _ other: Int, _ home: [Int]) -> Bool {
        let (first, second) = (puzzle.apps[puzzle.app[pod]], puzzle.apps[puzzle.app[other]])
        if first.bindsPort, second.bindsPort, home[pod] == home[other] { return true }
        if let (app, topology) = first.avoids, app == puzzle.app[other] {
            if domain(home[pod], topology) == domain(home[other], topology) { return true }
        }
        if let (app, topology) = second.avoids, app == puzzle.app[pod] {
            if domain(home[pod], topology) == domain(home[other], topology) { return true }
        }
        return false
    }

    private func isEven(_ pod: Int, _ home: [Int], _ topology: RulePuzzle.Topology, _ wave: Int) -> Bool {
        let honors = puzzle.apps[puzzle.app[pod]].honorsTaints
        var counts: [Int: Int] = [:]
        for node in 0..<nodes where !(honors && contains(wave, node)) {
            let here = home.indices.count { home[$0] == node && puzzle.app[$0] == puzzle.app[pod] }
            counts[domain(node, topology), default: 0] += here
        }
        return (counts[domain(home[pod], topology)] ?? 0) - (counts.values.min() ?? 0) <= 1
    }

    private func isGrounded(_ moved: [Int], _ home: [Int], _ rounds: Int) -> Bool {
        var open = moved.filter { puzzle.apps[puzzle.app[$0]].needs != nil }
        var standing = Set(home.indices).subtracting(open)
        while !open.isEmpty {
            let next = open.first { pod in
                guard let (app, topology) = puzzle.apps[puzzle.app[pod]].needs else { return true }
                let meant = home.indices.filter { puzzle.app[$0] == app }
                let isBeside = meant.contains { other in
                    standing.contains(other) && domain(home[other], topology) == domain(home[pod], topology)
                }
                if isBeside { return true }
                let isFirst = app == puzzle.app[pod] && rounds == 1 && meant.allSatisfy { moved.contains($0) }
                return isFirst && meant.allSatisfy { !standing.contains($0) }
            }
            guard let next else { return false }
            open.removeAll { $0 == next }
            standing.insert(next)
        }
        return true
    }
}
