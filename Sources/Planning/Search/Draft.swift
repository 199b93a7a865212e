/// A wave by number, as the search makes it.
struct DraftWave {
    struct Move {
        var pod: Int
        var from: Int
        var to: Int
    }

    var nodes: [Int]
    var rounds: Int
    var moves: [Move]
    /// Evictions by limit, ascending.
    var spent: [(limit: Int, evictions: Int)]
    var isControlPlane: Bool
}

/// What one run of the search came to.
struct Draft {
    var waves: [DraftWave] = []
    /// Nodes that found no place for their pods.
    var left: [Int] = []
    /// Workers wait for control-plane nodes that could not go.
    var workersWait = false

    /// Less is better: nodes left out, waves, rounds, evictions.
    var cost: (Int, Int, Int, Int) {
        (
            left.count, waves.count, waves.reduce(0) { $0 + $1.rounds },
            waves.reduce(0) { $0 + $1.moves.count }
        )
    }
}

/// Which nodes are to leave, and how many at once.
struct DrainTask {
    /// In the order in which they go.
    var controlPlane: [Int]
    var workers: [Int]
    var maxOut: Int
    var oneZoneAtATime: Bool
    /// Workers may go only after all of the control plane.
    var controlPlaneFirst: Bool
}
