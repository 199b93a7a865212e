import ClusterModel

/// What holds between a moved pod and others, judged when every pod of the wave stands where its witness says.
///
/// Only what a moved pod has part in is judged: a rule that pods at rest break already is not the plan's fault.
extension PlanVerifier.Replay {
    mutating func placementFaults(_ wave: Wave, _ fates: Fates) -> [BrokenClaim] {
        func claim(_ arrival: (pod: Int, node: Int), _ fault: BrokenClaim.TargetFault) -> BrokenClaim {
            .target(pod(arrival.pod).id, to: node(arrival.node).name, fault, wave: wave.number)
        }
        var claims: [BrokenClaim] = []
        for arrival in fates.arrivals {
            let faults =
                repulsions(of: arrival.pod, on: arrival.node) + portFaults(of: arrival.pod, on: arrival.node)
                + volumeFaults(of: arrival.pod, on: arrival.node)
            claims += faults.map { claim(arrival, $0) }
        }
        claims += affinityFaults(fates, mayBeFirst: wave.rounds == 1).map { claim($0.arrival, $0.fault) }
        return claims + spreadFaults(fates).map { claim($0.arrival, $0.fault) }
    }

    /// The plugin NodePorts: no two pods of a node bind the same port; addresses tell ports apart unless one of them is
    /// every address.
    private func portFaults(of pod: Int, on node: Int) -> [BrokenClaim.TargetFault] {
        let wanted = verifier.cluster.pods[pod].hostPorts
        if wanted.isEmpty { return [] }
        for other in residents[node] where other != pod {
            let taken = verifier.cluster.pods[other].hostPorts
            if let port = wanted.first(where: { port in taken.contains { port.conflicts(with: $0) } }) {
                return [.hostPort(port, with: self.pod(other).id)]
            }
        }
        return []
    }
}
