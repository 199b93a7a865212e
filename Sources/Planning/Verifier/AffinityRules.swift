import ClusterModel

/// The plugin InterPodAffinity.
extension PlanVerifier.Replay {
    /// Required anti-affinity binds both ways: the pod's own terms, and those of pods that stand there. A node without
    /// the label is in no domain.
    func repulsions(of pod: Int, on node: Int) -> [BrokenClaim.TargetFault] {
        let kinship = verifier.kinship
        if kinship.repulsions.isEmpty { return [] }
        let held = kinship.held[pod, default: []]
        let suffered = kinship.suffered[pod, default: []]
        var faults: [BrokenClaim.TargetFault] = []
        for number in held {
            guard let domain = kinship.repulsions[number].domains.ofNode[node] else { continue }
            let itself = suffered.contains(number) ? 1 : 0
            if crowd.selected[number][domain, default: 0] <= itself { continue }
            let repulsion = kinship.repulsions[number]
            faults += other(than: pod, in: repulsion.selected, domain, repulsion.domains).map {
                .antiAffinity(to: $0, in: place(repulsion.term, repulsion.domains, domain))
            }
        }
        for number in suffered.sorted() {
            guard let domain = kinship.repulsions[number].domains.ofNode[node] else { continue }
            let itself = held.contains(number) ? 1 : 0
            if crowd.holders[number][domain, default: 0] <= itself { continue }
            let repulsion = kinship.repulsions[number]
            faults += other(than: pod, in: repulsion.holders, domain, repulsion.domains).map {
                .foreignAntiAffinity(of: $0, in: place(repulsion.term, repulsion.domains, domain))
            }
        }
        return faults
    }

    private func other(than pod: Int, in pods: [Int], _ domain: Int, _ domains: LabelDomains) -> [PodID] {
        let other = pods.first { other in other != pod && home[other].map { domains.ofNode[$0] == domain } ?? false }
        return other.map { [self.pod($0).id] } ?? []
    }

    private func place(_ term: PodAffinityTerm, _ domains: LabelDomains, _ domain: Int) -> BrokenClaim.Domain {
        BrokenClaim.Domain(key: term.topologyKey, value: domains.values[domain])
    }

    /// Every moved pod with required affinity finds its fellows in place, in some order of the moves.
    ///
    /// A fellow must match all of the pod's terms at once, as the scheduler has it, and every term must find one in its
    /// own domain.
    ///
    /// - Parameter mayBeFirst: the wave's pods all leave at once, so that a pod which matches its own terms may come to
    ///   a cluster without fellows.
    func affinityFaults(
        _ fates: Fates,
        mayBeFirst: Bool
    ) -> [(arrival: (pod: Int, node: Int), fault: BrokenClaim.TargetFault)] {
        let seekers = fates.arrivals.filter { verifier.kinship.attraction[$0.pod] != nil }
        if seekers.isEmpty { return [] }
        var company = Company(of: seekers, verifier.kinship)
        let fellows = company.fellows
        settle(fellows, in: &company, fates)
        var waiting = fates.arrivals.filter {
            fellows.contains($0.pod) || verifier.kinship.attraction[$0.pod] != nil
        }
        while let next = company.next(of: waiting, mayBeFirst: mayBeFirst) {
            let arrival = waiting.remove(at: next)
            company.add(arrival.pod, on: arrival.node)
        }
        return waiting.compactMap { arrival in
            guard let (term, domains) = company.unmetTerm(of: arrival) else { return nil }
            guard let domain = domains.ofNode[arrival.node] else { return (arrival, .affinityKey(term.topologyKey)) }
            return (arrival, .affinity(in: place(term, domains, domain)))
        }
    }

    /// Fellows that stand before anybody comes.
    ///
    /// Who is on its way out attracts nobody, but is no reason to begin elsewhere.
    private func settle(_ fellows: Set<Int>, in company: inout Company, _ fates: Fates) {
        let moved = Set(fates.arrivals.map(\.pod)).union(fates.waiting)
        for fellow in fellows.subtracting(moved) {
            guard let node = home[fellow] else { continue }
            let isTerminating = verifier.cluster.pods[fellow].terminating
            let leaves = isTerminating || fates.members.contains(node) && !verifier.isLeftAlone[fellow]
            if leaves { company.occupy(fellow, on: node) } else { company.add(fellow, on: node) }
        }
    }
}
