import ClusterModel

extension PlanVerifier.Replay {
    /// Every node exists, is chosen, comes once, and is neither broken nor in somebody else's hands.
    func nodeFaults(_ wave: Wave) -> [BrokenClaim] {
        var seen = serviced
        return wave.nodes.flatMap { name -> [BrokenClaim] in
            let repeated: [BrokenClaim.NodeFault] = seen.insert(name).inserted ? [] : [.repeated]
            return (repeated + faults(ofNode: name)).map { BrokenClaim.node(name, $0, wave: wave.number) }
        }
    }

    private func faults(ofNode name: String) -> [BrokenClaim.NodeFault] {
        guard let index = verifier.nodeIndices[name] else { return [.unknown] }
        let node = node(index)
        var faults: [BrokenClaim.NodeFault] = []
        if !verifier.campaign.includes(node) { faults.append(.notChosen) }
        if !node.ready { faults.append(.notReady) }
        if node.unschedulable, !isOwnCordon(node) { faults.append(.foreignCordon(by: node.cordonOwner)) }
        return faults
    }

    private func isOwnCordon(_ node: Node) -> Bool {
        guard let owner = node.cordonOwner else { return false }
        return verifier.run == nil || verifier.run == owner
    }

    /// Not too many nodes, and one zone where the policy says so.
    func waveFaults(_ wave: Wave) -> [BrokenClaim] {
        var faults: [BrokenClaim.WaveFault] = []
        if wave.nodes.isEmpty { faults.append(.empty) }
        if wave.number <= previousWave { faults.append(.number(after: previousWave)) }
        let limit = verifier.policy.nodesOut(of: verifier.cluster.nodes.count)
        if wave.nodes.count > limit { faults.append(.tooManyNodes(wave.nodes.count, limit: limit)) }
        let zones = Set(members(of: wave).map { node($0).zone ?? "" })
        if verifier.policy.oneZoneAtATime, zones.count > 1 { faults.append(.severalZones(zones.sorted())) }
        return faults.map { .wave($0, wave: wave.number) }
    }

    /// Control-plane nodes leave alone, before all workers, and never so that fewer than a majority stay Ready.
    func controlPlaneFaults(_ wave: Wave) -> [BrokenClaim] {
        let members = members(of: wave)
        let leaving = members.filter { node($0).isControlPlane }.map { node($0).name }
        guard let first = leaving.first else { return [] }
        var faults: [BrokenClaim.ControlPlaneFault] = []
        if leaving.count > 1 { faults.append(.several(leaving)) }
        if leaving.count < members.count { faults.append(.withWorkers(first)) }
        if hasServicedWorkers { faults.append(.afterWorkers(first)) }
        let all = verifier.cluster.nodes.filter(\.isControlPlane)
        let ready = all.count { $0.ready && !leaving.contains($0.name) }
        let majority = all.count / 2 + 1
        // With one or two members any loss loses the majority; they may still go one at a time.
        if all.count >= 3, ready < majority {
            faults.append(.quorum(ready: ready, needed: majority, members: all.count))
        }
        return faults.map { .controlPlane($0, wave: wave.number) }
    }

    private var hasServicedWorkers: Bool {
        serviced.contains { name in verifier.nodeIndices[name].map { !node($0).isControlPlane } ?? false }
    }
}
