package import ClusterModel

/// In which order the pods of a wave are evicted: what matters least tries the way.
///
/// Where a wave goes otherwise than planned (an image that cannot be pulled, a node that the scheduler has filled), it is
/// noticed on pods of low priority, and the run halts before what matters most has been touched.
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

    private func ordered(_ moves: [Move]) -> [Move] {
        let keyed = moves.map { (move: $0, place: cluster.pod($0.pod).map(EvictionPlace.init)) }
        return keyed.sorted { left, right in
            guard let one = left.place, let other = right.place, one != other else {
                return (left.move.pod, left.move.from) < (right.move.pod, right.move.from)
            }
            return one < other
        }.map(\.move)
    }
}

/// A pod's place in the order of evictions: by priority, best effort before burstable before guaranteed, then by name.
package struct EvictionPlace: Comparable, Sendable {
    private let priority: Int
    private let quality: Int
    private let id: PodID

    package init(_ pod: Pod) {
        priority = pod.priority
        id = pod.id
        quality =
            switch pod.qualityOfService {
            case .bestEffort: 0
            case .burstable: 1
            case .guaranteed: 2
            }
    }

    package static func < (left: EvictionPlace, right: EvictionPlace) -> Bool {
        (left.priority, left.quality, left.id) < (right.priority, right.quality, right.id)
    }
}
