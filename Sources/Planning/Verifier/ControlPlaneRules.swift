import ClusterModel

extension PlanVerifier.Replay {
    /// Control-plane nodes leave alone, before all workers of an upgrade, and never so that fewer than a majority of
    /// them stay Ready.
    func controlPlaneFaults(_ wave: Wave) -> [BrokenClaim] {
        let members = members(of: wave)
        let leaving = members.filter { node($0).isControlPlane }
        guard let first = leaving.first.map({ node($0).name }) else { return [] }
        var faults: [BrokenClaim.ControlPlaneFault] = []
        if leaving.count > 1 { faults.append(.several(leaving.map { node($0).name })) }
        if leaving.count < members.count { faults.append(.withWorkers(first)) }
        if followsWorkers(wave) { faults.append(.afterWorkers(first)) }
        if let fault = quorumFault(leaving) { faults.append(fault) }
        return faults.map { .controlPlane($0, wave: wave.number) }
    }

    /// A member that is down already takes nothing from the majority when it leaves.
    ///
    /// With one or two members any loss loses the majority; they may still go one at a time.
    private func quorumFault(_ leaving: [Int]) -> BrokenClaim.ControlPlaneFault? {
        let members = verifier.cluster.nodes.indices.filter { node($0).isControlPlane }
        let ready = members.count { node($0).ready && !leaving.contains($0) }
        let majority = members.count / 2 + 1
        guard members.count >= 3, ready < majority, leaving.contains(where: { node($0).ready }) else { return nil }
        if leaving.contains(where: { waives(.controlPlaneQuorum, node: node($0).name) }) { return nil }
        return .quorum(ready: ready, needed: majority, members: members.count)
    }

    /// A worker has been brought to the minor that this wave brings control-plane nodes to.
    private func followsWorkers(_ wave: Wave) -> Bool {
        guard let version = version(of: wave) else { return false }
        return serviced.contains { name in
            guard let index = verifier.nodeIndices[name], !node(index).isControlPlane else { return false }
            guard let reached = versions[index] else { return false }
            return (reached.major, reached.minor) >= (version.major, version.minor)
        }
    }

    /// On the live cluster: a leader leaves after the other control-plane nodes that are still to be brought there.
    func leaderFaults(_ wave: Wave, remaining: Set<String>) -> [BrokenClaim] {
        guard let leader = verifier.leader(of: wave) else { return [] }
        let waiting = remaining.subtracting(wave.nodes).sorted().first { name in
            guard verifier.isFollower(name), let index = verifier.nodeIndices[name] else { return false }
            guard let version = version(of: wave), let reached = versions[index] else { return true }
            return reached < version
        }
        return waiting.map { [.controlPlane(.leaderFirst(leader, before: $0), wave: wave.number)] } ?? []
    }
}

extension PlanVerifier {
    /// The leaders of the control plane hand their leases over once if they leave last.
    func leader(of wave: Wave) -> String? { wave.nodes.first { cluster.leaders.contains($0) && isControlPlane($0) } }

    func isFollower(_ name: String) -> Bool { !cluster.leaders.contains(name) && isControlPlane(name) }

    func isControlPlane(_ name: String) -> Bool { nodeIndices[name].map { cluster.nodes[$0].isControlPlane } ?? false }
}
