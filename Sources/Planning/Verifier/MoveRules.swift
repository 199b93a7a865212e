import ClusterModel

extension PlanVerifier.Replay {
    /// Pods that must not be evicted at all.
    func evictionFaults(_ evicted: [[Int]], wave: Int) -> [BrokenClaim] {
        evicted.joined().flatMap { index -> [BrokenClaim] in
            let pod = pod(index)
            var faults: [BrokenClaim.MoveFault] = []
            if pod.owner == nil { faults.append(.bare(node: homeName(index) ?? "")) }
            if case .refused(let budgets) = verifier.allowances.eviction(of: pod, at: index) {
                faults.append(.twoBudgets(budgets))
            }
            return faults.map { BrokenClaim.move(pod.id, $0, wave: wave) }
        }
    }

    /// Every evicted pod has one move, from where it is to where it may run, and nothing else has one.
    func moveFaults(_ wave: Wave, evicted: [[Int]]) -> [BrokenClaim] {
        let expected = Set(evicted.joined())
        let members = Set(members(of: wave))
        var seen: Set<Int> = []
        var claims: [BrokenClaim] = []
        for move in wave.moves {
            guard let index = verifier.podIndices[move.pod] else {
                claims.append(.move(move.pod, .unknownPod, wave: wave.number))
                continue
            }
            if !seen.insert(index).inserted { claims.append(.move(move.pod, .repeated, wave: wave.number)) }
            if !expected.contains(index) { claims.append(.move(move.pod, .needless, wave: wave.number)) }
            if let actual = homeName(index), actual != move.from {
                claims.append(.move(move.pod, .wrongOrigin(claimed: move.from, actual: actual), wave: wave.number))
            }
            if let fault = targetFault(of: pod(index), on: move.to, members: members) {
                claims.append(.target(move.pod, to: move.to, fault, wave: wave.number))
            }
        }
        let missing = evicted.joined().filter { !seen.contains($0) }
        return claims
            + missing.map { .move(pod($0).id, .missing(node: homeName($0) ?? ""), wave: wave.number) }
    }

    private func homeName(_ pod: Int) -> String? { home[pod].map { node($0).name } }

    private func targetFault(of pod: Pod, on name: String, members: Set<Int>) -> BrokenClaim.TargetFault? {
        guard let index = verifier.nodeIndices[name] else { return .unknown }
        if members.contains(index) { return .inWave }
        let node = node(index)
        if !node.ready { return .notReady }
        if node.unschedulable { return .unschedulable }
        let repelling = node.taints.first { taint in
            taint.effect != .preferNoSchedule && !pod.tolerations.contains { $0.tolerates(taint) }
        }
        if let repelling { return .taint(repelling) }
        if pod.nodeSelector.contains(where: { node.labels[$0.key] != $0.value }) { return .nodeSelector }
        if !pod.nodeAffinity.isEmpty, !pod.nodeAffinity.contains(where: { $0.matches(node) }) { return .nodeAffinity }
        return nil
    }

    /// What stands on a node and all that comes there fit together.
    func roomFaults(_ wave: Wave) -> [BrokenClaim] {
        var incoming: [Int: Resources] = [:]
        for move in wave.moves {
            guard let pod = verifier.podIndices[move.pod], let to = verifier.nodeIndices[move.to] else { continue }
            incoming[to, default: .zero] += self.pod(pod).requests
        }
        return incoming.sorted { $0.key < $1.key }.compactMap { index, request in
            let node = node(index)
            let shortage = (node.allocatable - used[index]).firstShortage(of: request)
            return shortage.map { .room(node.name, $0, wave: wave.number) }
        }
    }
}
