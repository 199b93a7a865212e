import ClusterModel

extension PlanVerifier.Replay {
    /// What becomes of the pods that a wave evicts.
    struct Fates {
        /// Made again on another node.
        var arrivals: [(pod: Int, node: Int)] = []
        /// Nowhere during the wave, and on their own node again after it.
        var waiting: Set<Int> = []
        /// Bare pods that nobody makes again.
        var ended: [Int] = []
        /// The nodes of the wave.
        var members: Set<Int>
    }

    /// A move back to where the pod stands is a claim that a waiver must carry; one that none carries is left out here,
    /// and refused with the moves.
    func fates(of wave: Wave, evicted: [[Int]]) -> Fates {
        var open = Set(evicted.joined())
        var fates = Fates(members: Set(members(of: wave)))
        for move in wave.moves {
            guard let pod = verifier.podIndices[move.pod], let to = verifier.nodeIndices[move.to] else { continue }
            guard open.remove(pod) != nil else { continue }
            if to != home[pod] {
                fates.arrivals.append((pod, to))
            } else if self.pod(pod).owner == nil {
                if waivesBare(pod) { fates.ended.append(pod) }
            } else if waivesPlace(pod) {
                fates.waiting.insert(pod)
            }
        }
        return fates
    }
}
