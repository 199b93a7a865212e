import ClusterModel

extension PlanVerifier {
    /// Where pods stand and what versions run, wave after wave.
    struct Replay {
        let verifier: PlanVerifier
        /// By pod: the node it stands on.
        private(set) var home: [Int?]
        /// By node: the unfinished pods there.
        private(set) var residents: [[Int]]
        /// By node: what those pods request in all.
        private(set) var used: [Resources]
        /// By node.
        private(set) var versions: [Version?]
        private(set) var serviced: Set<String>
        private(set) var raisedControlPlane = false
        private(set) var previousWave = 0

        init(of verifier: PlanVerifier, settled: Set<String> = []) {
            self.verifier = verifier
            let cluster = verifier.cluster
            home = Array(repeating: nil, count: cluster.pods.count)
            residents = Array(repeating: [], count: cluster.nodes.count)
            used = Array(repeating: .zero, count: cluster.nodes.count)
            versions = cluster.nodes.map(\.kubeletVersion)
            serviced = settled
            for (pod, value) in cluster.pods.enumerated() where !value.isFinished {
                if let name = value.node, let node = verifier.nodeIndices[name] { place(pod, on: node) }
            }
        }

        /// Checks the wave, then carries it out.
        mutating func perform(_ wave: Wave, rounds: ClaimedRounds, hasWitness: Bool = true) -> [BrokenClaim] {
            var claims = nodeFaults(wave) + waveFaults(wave) + controlPlaneFaults(wave) + skewFaults(wave)
            let evicted = evictions(of: wave)
            claims += evictionFaults(evicted, wave: wave.number)
            if hasWitness { claims += moveFaults(wave, evicted: evicted) + roomFaults(wave) }
            claims += budgetFaults(evicted, wave: wave, rounds: rounds)
            carryOut(wave)
            return claims
        }

        func node(_ index: Int) -> Node { verifier.cluster.nodes[index] }
        func pod(_ index: Int) -> Pod { verifier.cluster.pods[index] }

        /// The wave's nodes that exist, each once.
        func members(of wave: Wave) -> [Int] {
            var seen: Set<Int> = []
            return wave.nodes.compactMap { verifier.nodeIndices[$0] }.filter { seen.insert($0).inserted }
        }

        /// What a drain evicts, by node of the wave; it leaves alone what a DaemonSet or a file on the node keeps there,
        /// and what ends anyway.
        func evictions(of wave: Wave) -> [[Int]] {
            members(of: wave).map { node in
                residents[node].filter { index in
                    let pod = pod(index)
                    return !pod.isDaemon && !pod.isMirror && !pod.terminating
                }
            }
        }

        private mutating func place(_ pod: Int, on node: Int) {
            home[pod] = node
            residents[node].append(pod)
            used[node] += self.pod(pod).requests
        }

        /// Brings every moved pod to its target, lets terminating ones end, and raises the versions.
        private mutating func carryOut(_ wave: Wave) {
            let members = Set(members(of: wave))
            for move in wave.moves {
                guard let pod = verifier.podIndices[move.pod], let to = verifier.nodeIndices[move.to] else { continue }
                guard let from = home[pod], members.contains(from), from != to else { continue }
                place(pod, on: to)
            }
            for node in members {
                residents[node] = residents[node].filter { home[$0] == node && !pod($0).terminating }
                used[node] = residents[node].reduce(.zero) { $0 + pod($1).requests }
                versions[node] = verifier.campaign.targetVersion ?? versions[node]
                raisedControlPlane = raisedControlPlane || self.node(node).isControlPlane
            }
            serviced.formUnion(wave.nodes)
            previousWave = wave.number
        }
    }
}
