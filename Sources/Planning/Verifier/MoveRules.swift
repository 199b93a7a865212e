import ClusterModel

extension PlanVerifier.Replay {
    /// Pods that must not be evicted at all.
    func evictionFaults(_ evicted: [[Int]], wave: Int) -> [BrokenClaim] {
        evicted.joined().flatMap { index -> [BrokenClaim] in
            var faults: [BrokenClaim.MoveFault] = []
            if verifier.cluster.pods[index].owner == nil, !waivesBare(index) {
                faults.append(.bare(node: homeName(index) ?? ""))
            }
            if case .several(let budgets, _) = verifier.allowances.eviction(of: index),
                !waivesTwoBudgets(index, budgets)
            {
                faults.append(.twoBudgets(budgets))
            }
            return faults.map { BrokenClaim.move(pod(index).id, $0, wave: wave) }
        }
    }

    /// Every evicted pod has one move, from where it is to where it may run, and nothing else has one.
    func moveFaults(_ wave: Wave, evicted: [[Int]], _ fates: Fates) -> [BrokenClaim] {
        let expected = Set(evicted.joined())
        let ended = Set(fates.ended)
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
            if ended.contains(index) || fates.waiting.contains(index), move.to == homeName(index) { continue }
            claims += targetFaults(of: index, move, members: fates.members, wave: wave.number)
        }
        let missing = evicted.joined().filter { !seen.contains($0) }
        return claims
            + missing.map { .move(pod($0).id, .missing(node: homeName($0) ?? ""), wave: wave.number) }
    }

    func homeName(_ pod: Int) -> String? { home[pod].map { verifier.cluster.nodes[$0].name } }

    private func targetFaults(of pod: Int, _ move: Move, members: Set<Int>, wave: Int) -> [BrokenClaim] {
        var claims: [BrokenClaim] = []
        if verifier.cluster.pods[pod].owner == nil, waivesBare(pod) {
            claims.append(.move(move.pod, .notMadeAgain(to: move.to), wave: wave))
        }
        if let fault = targetFault(of: pod, on: move.to, members: members) {
            claims.append(.target(move.pod, to: move.to, fault, wave: wave))
        }
        return claims
    }

    /// What the plugins NodeUnschedulable, TaintToleration and NodeAffinity hold against a node.
    private func targetFault(of pod: Int, on name: String, members: Set<Int>) -> BrokenClaim.TargetFault? {
        guard let index = verifier.nodeIndices[name] else { return .unknown }
        if members.contains(index) { return .inWave }
        if gone.contains(index) { return .replaced }
        let node = node(index)
        if !node.ready { return .notReady }
        if node.unschedulable { return .unschedulable }
        let pod = self.pod(pod)
        if let taint = pod.repellingTaint(of: node) { return .taint(taint) }
        if !pod.selectsByLabels(node) { return .nodeSelector }
        return pod.selectsByAffinity(node) ? nil : .nodeAffinity
    }

    /// The plugin NodeResourcesFit: what stands on a node and all that comes there fit together, nothing preempted.
    func roomFaults(_ fates: Fates, wave: Int) -> [BrokenClaim] {
        var incoming: [Int: Resources] = [:]
        for arrival in fates.arrivals {
            incoming[arrival.node, default: .zero] += verifier.cluster.pods[arrival.pod].requests
        }
        return incoming.sorted { $0.key < $1.key }.compactMap { index, request in
            let node = node(index)
            let shortage = (node.allocatable - used[index]).firstShortage(of: request)
            return shortage.map { .room(node.name, $0, wave: wave) }
        }
    }
}

extension Pod {
    /// The first taint that keeps the pod away; `PreferNoSchedule` keeps nobody away.
    func repellingTaint(of node: Node) -> Taint? {
        node.taints.first { taint in
            taint.effect != .preferNoSchedule && !tolerations.contains { $0.tolerates(taint) }
        }
    }

    func selectsByLabels(_ node: Node) -> Bool { nodeSelector.allSatisfy { node.labels[$0.key] == $0.value } }

    func selectsByAffinity(_ node: Node) -> Bool {
        nodeAffinity.isEmpty || nodeAffinity.contains { $0.matches(node) }
    }
}
