import ClusterModel

extension PlanVerifier {
    /// How many nodes stand in each zone and pool.
    struct NodeGroups: Sendable {
        private(set) var zones: [String: Int] = [:]
        /// By pool of the policy.
        private(set) var pools: [Int]

        init(_ nodes: [Node], pools limits: [PoolLimit]) {
            for node in nodes { if let zone = node.zone { zones[zone, default: 0] += 1 } }
            pools = limits.map { limit in nodes.count { limit.selector.matches($0.labels) } }
        }
    }
}

extension PlanVerifier.Replay {
    /// Not too many nodes in all, of a zone or of a pool, and one zone where the policy says so.
    func limitFaults(_ wave: Wave) -> [BrokenClaim] {
        var faults: [BrokenClaim.WaveFault] = []
        if wave.nodes.isEmpty { faults.append(.empty) }
        if wave.number <= previousWave { faults.append(.number(after: previousWave)) }
        let limit = verifier.policy.nodesOut(of: verifier.cluster.nodes.count)
        if wave.nodes.count > limit { faults.append(.tooManyNodes(wave.nodes.count, limit: limit)) }
        faults += zoneFaults(wave) + poolFaults(wave) + versionFaults(wave)
        return faults.map { .wave($0, wave: wave.number) }
    }

    private func zoneFaults(_ wave: Wave) -> [BrokenClaim.WaveFault] {
        let out = members(of: wave).reduce(into: [:]) { $0[node($1).zone ?? "", default: 0] += 1 }
        var faults: [BrokenClaim.WaveFault] = []
        if verifier.policy.oneZoneAtATime, out.count > 1 { faults.append(.severalZones(out.keys.sorted())) }
        guard let perZone = verifier.policy.perZone else { return faults }
        for (zone, count) in out.sorted(by: { $0.key < $1.key }) {
            // A node without a zone is in none.
            guard let size = verifier.groups.zones[zone] else { continue }
            let limit = Policy.limit(perZone, of: size)
            if count > limit { faults.append(.tooManyInZone(zone, count, limit: limit)) }
        }
        return faults
    }

    private func poolFaults(_ wave: Wave) -> [BrokenClaim.WaveFault] {
        let members = members(of: wave)
        return zip(verifier.policy.pools, verifier.groups.pools).compactMap { pool, size in
            let count = members.count { pool.selector.matches(node($0).labels) }
            let limit = Policy.limit(pool.maxOut, of: size)
            return count > limit ? .tooManyInPool(pool.selector, count, limit: limit) : nil
        }
    }

    /// The waves of an upgrade name a minor on the way (`1.35`, or the patch of it that the campaign names) or the wanted
    /// version; other waves name none.
    private func versionFaults(_ wave: Wave) -> [BrokenClaim.WaveFault] {
        guard let wanted = verifier.campaign.targetVersion else {
            return wave.version.map { [.needlessVersion($0)] } ?? []
        }
        guard let version = wave.version else { return [.noVersion(wanted: wanted)] }
        let named = verifier.campaign.stops.filter { ($0.major, $0.minor) == (version.major, version.minor) }
        let isAsNamed = named.isEmpty ? version.patch == nil : named == [version]
        let isOnTheWay = isAsNamed && (version.major, version.minor) < (wanted.major, wanted.minor)
        return version == wanted || isOnTheWay ? [] : [.notOnTheWay(version, wanted: wanted)]
    }
}
