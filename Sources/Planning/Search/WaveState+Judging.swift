extension WaveState {
    /// Whether the rules hold that only the end of the wave can answer: spreads, and pods that others need.
    func holdsTogether(with joining: [Int]) -> Bool {
        if !wave.hasLateRules { return true }
        if !relaxed.contains(.spread) {
            for pod in wave.pods where !isEven(pod) { return false }
            for pod in joining where !isEven(pod) { return false }
        }
        return relaxed.contains(.affinity) || isGrounded(wave.pods + joining)
    }

    private func isEven(_ pod: Int) -> Bool {
        let node = target[pod]
        if node < 0 || phase[node] == .out { return true }
        return relations.keepsEven(pod, standingOn: node)
    }

    /// Whether the pods can come in an order in which each finds beside it what it needs.
    private func isGrounded(_ pods: [Int]) -> Bool {
        var open = pods.filter { pod in
            let node = target[pod]
            return node >= 0 && phase[node] != .out && !relations.kind(of: pod).needs.isEmpty
        }
        if open.isEmpty { return true }
        var trial = relations
        for pod in open { trial.anchor(pod, on: target[pod], by: -1) }
        while !open.isEmpty {
            let before = open.count
            open.removeAll { pod in
                guard trial.meetsNeeds(pod, on: target[pod]) else { return false }
                trial.anchor(pod, on: target[pod], by: 1)
                return true
            }
            if open.count < before { continue }
            guard wave.rounds == 1, let first = open.first(where: { trial.mayBeFirst($0, on: target[$0]) }) else {
                return false
            }
            trial.anchor(first, on: target[first], by: 1)
            open.removeAll { $0 == first }
        }
        return true
    }
}

extension RelationCounts {
    /// Whether the domain of a pod that stands on `node` exceeds the emptiest one by no more than it may.
    func keepsEven(_ pod: Int, standingOn node: Int) -> Bool {
        if isOrdinary(pod) { return true }
        for spread in kind(of: pod).spreads {
            if count(spread.tally, at: node) - least(spread) > Int32(spread.maxSkew) { return false }
        }
        return true
    }

    func meetsNeeds(_ pod: Int, on node: Int) -> Bool {
        kind(of: pod).needs.allSatisfy { count($0, at: node) > 0 }
    }

    /// Nothing that the pod needs stands anywhere yet, and it is of that kind itself.
    func mayBeFirst(_ pod: Int) -> Bool {
        let kind = kind(of: pod)
        return kind.groundsItself && kind.needs.allSatisfy { totals[$0] == 0 }
    }

    func mayBeFirst(_ pod: Int, on node: Int) -> Bool {
        mayBeFirst(pod) && kind(of: pod).needs.allSatisfy { has($0, node) }
    }
}
