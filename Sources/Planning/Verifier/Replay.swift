import ClusterModel

extension PlanVerifier {
    /// Where pods stand and what versions run, wave after wave.
    struct Replay {
        let verifier: PlanVerifier
        let waivers: WaivedRules
        /// By limit: how many pods may be down at once, waivers included.
        let allowed: [Int]
        /// By pod: the node it stands on.
        private(set) var home: [Int?]
        /// By node: the unfinished pods there.
        private(set) var residents: [[Int]]
        /// By node: what those pods request in all.
        private(set) var used: [Resources]
        /// By node.
        private(set) var versions: [Version?]
        private(set) var serviced: Set<String>
        /// Nodes that have left for good.
        private(set) var gone: Set<Int> = []
        private(set) var raisedControlPlane = false
        private(set) var previousWave = 0
        private(set) var crowd: Kinship.Crowd
        /// By ground: what has been found out of the spreads met so far.
        var spreadFields: [Int: Spreading.Field] = [:]

        init(of verifier: PlanVerifier, at moment: Instant?, settled: Set<String> = []) {
            self.verifier = verifier
            let cluster = verifier.cluster
            let waivers = WaivedRules(verifier.policy, at: moment)
            self.waivers = waivers
            allowed = verifier.allowances.limits.map(waivers.allowed)
            home = Array(repeating: nil, count: cluster.pods.count)
            residents = Array(repeating: [], count: cluster.nodes.count)
            used = Array(repeating: .zero, count: cluster.nodes.count)
            versions = cluster.nodes.map(\.kubeletVersion)
            serviced = settled
            crowd = Kinship.Crowd(verifier.kinship)
            for pod in cluster.pods.indices where !cluster.pods[pod].isFinished {
                if let name = cluster.pods[pod].node, let node = verifier.nodeIndices[name] { place(pod, on: node) }
            }
        }

        /// Checks the wave, then carries it out.
        mutating func perform(_ wave: Wave, rounds: ClaimedRounds, hasWitness: Bool = true) -> [BrokenClaim] {
            var claims = nodeFaults(wave) + limitFaults(wave) + controlPlaneFaults(wave) + skewFaults(wave)
            let evicted = evictions(of: wave)
            let fates = fates(of: wave, evicted: evicted)
            claims += evictionFaults(evicted, wave: wave.number)
            if hasWitness { claims += moveFaults(wave, evicted: evicted, fates) + roomFaults(fates, wave: wave.number) }
            claims += budgetFaults(evicted, wave: wave, rounds: rounds)
            carryOut(fates)
            if hasWitness { claims += placementFaults(wave, fates) }
            finish(wave)
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
            members(of: wave).map { node in residents[node].filter { !verifier.isLeftAlone[$0] } }
        }

        /// What an upgrade brings the nodes of the wave to.
        func version(of wave: Wave) -> Version? {
            verifier.campaign.targetVersion.map { wave.version ?? $0 }
        }

        private mutating func place(_ pod: Int, on node: Int) {
            home[pod] = node
            residents[node].append(pod)
            used[node] += verifier.cluster.pods[pod].requests
            crowd.add(1, pod, on: node, of: verifier.kinship)
        }

        /// Brings every moved pod to its target and takes away those that nobody makes again.
        private mutating func carryOut(_ fates: Fates) {
            for pod in fates.arrivals.map(\.pod) + fates.ended {
                if let from = home[pod] { crowd.add(-1, pod, on: from, of: verifier.kinship) }
                home[pod] = nil
            }
            for arrival in fates.arrivals { place(arrival.pod, on: arrival.node) }
        }

        /// Lets terminating pods of the wave's nodes end, and raises the versions.
        private mutating func finish(_ wave: Wave) {
            for node in members(of: wave) {
                for pod in residents[node] where home[pod] == node && verifier.cluster.pods[pod].terminating {
                    crowd.add(-1, pod, on: node, of: verifier.kinship)
                    home[pod] = nil
                }
                residents[node] = residents[node].filter { home[$0] == node }
                used[node] = residents[node].reduce(.zero) { $0 + verifier.cluster.pods[$1].requests }
                versions[node] = version(of: wave) ?? versions[node]
                raisedControlPlane = raisedControlPlane || self.node(node).isControlPlane
                if !verifier.campaign.returnsNodes { gone.insert(node) }
            }
            serviced.formUnion(wave.nodes)
            previousWave = wave.number
        }
    }
}
