import ClusterModel

/// Rules of the plan as a whole.
extension PlanVerifier {
    /// What is wrong with the order of the waves, by wave.
    func orderFaults(_ waves: [Wave]) -> [[BrokenClaim]] {
        let canary = canaryPlace(waves)
        let last = Dictionary(
            waves.indices.flatMap { index in waves[index].nodes.map { ($0, index) } },
            uniquingKeysWith: max
        )
        return waves.indices.map { index in
            let wave = waves[index]
            let ending = wave.nodes.filter { last[$0] == index }
            let faults = canaryFaults(wave, isDue: index == canary)
            return leaderFaults(waves, at: index) + faults.map { .wave($0, wave: wave.number) }
                + leftBehind(ending, in: wave)
        }
    }

    /// The first wave with a worker is the canary, if the policy wants one.
    private func canaryPlace(_ waves: [Wave]) -> Int? {
        policy.canary == nil ? nil : waves.firstIndex { !$0.nodes.allSatisfy(isControlPlane) }
    }

    private func canaryFaults(_ wave: Wave, isDue: Bool) -> [BrokenClaim.WaveFault] {
        guard isDue, let canary = policy.canary else { return wave.isCanary ? [.needlessCanary] : [] }
        if !wave.isCanary { return [.noCanary] }
        return wave.nodes.count > canary.nodes ? [.canaryTooBig(wave.nodes.count, limit: canary.nodes)] : []
    }

    /// A leader leaves after the other control-plane nodes that the plan brings to the same version.
    private func leaderFaults(_ waves: [Wave], at index: Int) -> [BrokenClaim] {
        guard let leader = leader(of: waves[index]) else { return [] }
        let later = waves[(index + 1)...].lazy.filter { $0.version == waves[index].version }
        let follower = later.compactMap { $0.nodes.first(where: isFollower) }.first
        return follower.map { [.controlPlane(.leaderFirst(leader, before: $0), wave: waves[index].number)] } ?? []
    }

    /// The last wave of a node in an upgrade brings it to the wanted version.
    private func leftBehind(_ nodes: [String], in wave: Wave) -> [BrokenClaim] {
        guard let wanted = campaign.targetVersion, let version = wave.version, version != wanted else { return [] }
        return nodes.map { .node($0, .leftBehind(at: version, wanted: wanted), wave: wave.number) }
    }
}
