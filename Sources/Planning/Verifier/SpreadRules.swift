import ClusterModel

/// The plugin PodTopologySpread, for `DoNotSchedule`.
extension PlanVerifier.Replay {
    /// Every moved pod's domain exceeds the emptiest one by no more than the skew allows.
    ///
    /// Pods that wait for their own node are nowhere while the others are placed.
    mutating func spreadFaults(_ fates: Fates) -> [(arrival: (pod: Int, node: Int), fault: BrokenClaim.TargetFault)] {
        var tallies: [Int: SpreadTally] = [:]
        var faults: [(arrival: (pod: Int, node: Int), fault: BrokenClaim.TargetFault)] = []
        for arrival in fates.arrivals {
            for number in verifier.spreading.ofPod[arrival.pod, default: []] {
                let field = field(number)
                let tally = tallies[number] ?? tally(number, field, fates)
                tallies[number] = tally
                let fault = fault(number, on: arrival.node, field, tally)
                if let fault { faults.append((arrival, fault)) }
            }
        }
        return faults
    }

    private func fault(
        _ number: Int,
        on node: Int,
        _ field: Spreading.Field,
        _ tally: SpreadTally
    )
        -> BrokenClaim.TargetFault?
    {
        let rule = verifier.spreading.rules[number]
        let labels = verifier.cluster.nodes[node].labels
        let keys = verifier.spreading.grounds[rule.ground].keys
        if let missing = keys.first(where: { labels[$0] == nil }) { return .spreadKey(missing) }
        let count = field.domain[node].map { tally.counts[$0, default: 0] } ?? 0
        let spread = rule.spread
        let least = tally.domains < spread.minDomains ?? 1 ? 0 : tally.least
        if count - least <= spread.maxSkew { return nil }
        let domain = BrokenClaim.Domain(key: spread.topologyKey, value: labels[spread.topologyKey] ?? "")
        return .spread(in: domain, pods: count, least: least, maxSkew: spread.maxSkew)
    }

    private mutating func field(_ number: Int) -> Spreading.Field {
        let ground = verifier.spreading.rules[number].ground
        if let known = spreadFields[ground] { return known }
        let field = Spreading.Field(
            verifier.spreading.grounds[ground],
            nodes: verifier.cluster.nodes,
            domains: verifier.spreading.domains
        )
        spreadFields[ground] = field
        return field
    }

    /// Counts the selected pods by domain; terminating ones do not count.
    private func tally(_ number: Int, _ field: Spreading.Field, _ fates: Fates) -> SpreadTally {
        let shut = field.mindsCordon ? fates.members : []
        var counts: [Int: Int] = [:]
        for pod in verifier.spreading.selected[number] where !fates.waiting.contains(pod) {
            guard let node = home[pod], !shut.contains(node), let domain = field.domain[node] else { continue }
            if !verifier.cluster.pods[pod].terminating { counts[domain, default: 0] += 1 }
        }
        let lost = shut.compactMap { field.domain[$0] }.reduce(into: [:]) { $0[$1, default: 0] += 1 }
        let domains = field.sizes.count - lost.count { field.sizes[$0.key] == $0.value }
        let least = counts.count < domains ? 0 : counts.values.min() ?? 0
        return SpreadTally(counts: counts, domains: domains, least: least)
    }
}

/// How the pods of a spread stand at one moment.
private struct SpreadTally {
    /// By domain: how many selected pods stand there.
    var counts: [Int: Int]
    /// Domains that have a node which counts.
    var domains: Int
    /// What the emptiest of them has.
    var least: Int
}
