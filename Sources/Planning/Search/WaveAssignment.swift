/// Which worker is meant to leave in which wave, and the chance that each wave is placed with.
struct WaveAssignment {
    /// By wave: its nodes.
    var waves: [[Int]]
    /// By wave.
    var seeds: [UInt64]

    init(_ drafts: [DraftWave], left: [Int]) {
        waves = drafts.filter { !$0.isControlPlane }.map(\.nodes)
        if !left.isEmpty { waves.append(left) }
        seeds = Array(repeating: 0, count: waves.count)
    }

    /// A small change by chance, and the first wave that it touches; nil where the change makes no sense.
    mutating func change(_ generator: inout SeededGenerator) -> Int? {
        let count = waves.count
        let first = generator.below(count)
        let second = generator.below(count)
        switch generator.below(10) {
        case 0:
            seeds[first] = generator.next()
            return first
        case 1 where first != second:
            waves.swapAt(first, second)
            seeds.swapAt(first, second)
            return min(first, second)
        case 2...5 where first != second && !waves[first].isEmpty && !waves[second].isEmpty:
            let left = generator.below(waves[first].count)
            let right = generator.below(waves[second].count)
            (waves[first][left], waves[second][right]) = (waves[second][right], waves[first][left])
            return min(first, second)
        case 6...9 where first != second && !waves[first].isEmpty:
            let node = waves[first].remove(at: generator.below(waves[first].count))
            waves[second].append(node)
            return min(first, second)
        default: return nil
        }
    }

    /// One wave more, for nodes that have none yet.
    mutating func lengthen() {
        waves.append([])
        seeds.append(0)
    }

    /// Does without the wave: its nodes go to others.
    mutating func dissolve(_ wave: Int, _ generator: inout SeededGenerator) {
        let nodes = waves.remove(at: wave)
        seeds.remove(at: wave)
        if waves.isEmpty { return waves = [nodes] }
        for node in nodes { waves[generator.below(waves.count)].append(node) }
    }
}

extension SeededGenerator {
    /// From 0 up to `bound`, which is above 0.
    mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }
}

/// A wave assignment carried out, as far as it goes.
struct Outcome {
    /// Where each of its waves begins.
    var starts: [WaveState]
    var waves: [DraftWave]
    var end: WaveState
    /// Nodes that found no place in any of the waves meant.
    var left: [Int]

    /// Less is better; nodes left out weigh more than all that can be won otherwise.
    var cost: Double {
        var cost = 12 * Double(left.count)
        for wave in waves { cost += Double(wave.moves.count) + 4 * Double(wave.rounds - 1 + 6 * wave.crowding) }
        return cost
    }
}
