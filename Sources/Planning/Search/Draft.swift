/// A wave by number, as the search makes it.
struct DraftWave {
    struct Move {
        var pod: Int
        var from: Int
        /// The same as `from` for a pod that waits for its node, or that nobody makes again.
        var to: Int
    }

    var nodes: [Int]
    var rounds: Int
    var moves: [Move]
    /// Evictions by limit, ascending.
    var spent: [(limit: Int, evictions: Int)]
    var isControlPlane: Bool
    var isCanary = false
    /// Rounds that it has only because of pods that came to its nodes in earlier waves.
    var crowding = 0
}

/// What one run of the search came to.
struct Draft {
    var waves: [DraftWave] = []
    /// Nodes that found no place for their pods.
    var left: [Int] = []
    /// Workers wait for control-plane nodes that could not go.
    var workersWait = false

    var rounds: Int { waves.reduce(0) { $0 + $1.rounds } }
    var evictions: Int { waves.reduce(0) { $0 + $1.moves.count } }

    var crowding: Int { waves.reduce(0) { $0 + $1.crowding } }

    /// Less is better: nodes left out, waves, rounds, evictions. A round that need not be is worth two waves.
    var cost: (Int, Int, Int, Int) { (left.count, waves.count + 2 * crowding, rounds, evictions) }
}
