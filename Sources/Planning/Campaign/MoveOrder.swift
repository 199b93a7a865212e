import ClusterModel

/// In which order the pods of a wave are evicted: what matters most goes first.
///
/// It meets the largest room, so it neither waits for a place nor drives others out of theirs; where the scheduler has
/// filled nodes otherwise than planned, what then has to wait is what matters least.
struct MoveOrder {
    private let cluster: Cluster

    init(_ cluster: Cluster) { self.cluster = cluster }

    func ordered(_ waves: [Wave]) -> [Wave] {
        waves.map { wave in
            var wave = wave
            wave.moves = ordered(wave.moves)
            return wave
        }
    }

    /// By priority, then guaranteed before burstable before best effort, then by node and name.
    private func ordered(_ moves: [Move]) -> [Move] {
        let keyed = moves.map { move in
            let pod = cluster.pod(move.pod)
            return (move: move, rank: pod.map { (-$0.priority, $0.qualityOfService.rank) } ?? (0, 0))
        }
        return keyed.sorted { left, right in
            if left.rank != right.rank { return left.rank < right.rank }
            return (left.move.from, left.move.pod) < (right.move.from, right.move.pod)
        }.map(\.move)
    }
}

extension Pod.QualityOfService {
    fileprivate var rank: Int {
        switch self {
        case .guaranteed: 0
        case .burstable: 1
        case .bestEffort: 2
        }
    }
}
