import ClusterModel
import Planning

/// The eager pace: nodes of waves to come start one by one beside those that are out.
///
/// A node that starts so joins the present wave, which ends once all that joined it are back.
extension Rollout {
    static let shortestPause: Duration = .seconds(2)
    private static let longestPause: Duration = .seconds(30)
    /// How many are tried in one go: each costs a proof.
    private static let atOnce = 4

    func invitations(beside wave: Wave, _ view: Cluster) -> [Effect] {
        guard outline.pace == .eager, !wave.isCanary, !inFlight.contains(where: \.isInvitation) else { return [] }
        guard let next = nextToJoin(wave) else { return [] }
        let fitting = next.nodes.filter { mayBeInvited($0, view) }
        if fitting.isEmpty { return [] }
        if now < invitationDue { return [.wake(at: invitationDue)] }
        guard let opening = opening(for: outline.expected.service + outline.expected.round) else { return [] }
        if opening > now { return [.wake(at: opening)] }
        return awaitGates(before: next) ?? [.invite(nodes: Array(fitting.prefix(Self.atOnce)), wave: next.number)]
    }

    /// The next wave that still has nodes, if it may run beside the present one.
    private func nextToJoin(_ wave: Wave) -> Wave? {
        let next = outline.waves.dropFirst(waveIndex + 1).first
        guard let next, !next.isCanary, next.version == wave.version else { return nil }
        return next
    }

    /// What is gone, or at its version already, is dealt with when its wave comes.
    private func mayBeInvited(_ node: String, _ view: Cluster) -> Bool {
        guard nodes[node]?.phase == .waiting, let seen = view.node(node) else { return false }
        return wantedVersion == nil || seen.kubeletVersion != wantedVersion
    }

    /// What is asked in vain is asked less and less often, until something happens.
    mutating func postponeInvitations() {
        inFlight = inFlight.filter { !$0.isInvitation }
        invitationDue = now + invitationPause
        invitationPause = min(invitationPause * 2, Self.longestPause)
    }

    mutating func hastenInvitations() {
        invitationDue = Instant(milliseconds: 0)
        invitationPause = Self.shortestPause
    }

    /// A run that was told to stop meanwhile lets the node wait for another proof.
    mutating func join(_ node: String, _ healthy: [WorkloadHealth], at instant: Instant) {
        guard outline.waves.indices.contains(waveIndex) else { return }
        if !outline.waves[waveIndex].nodes.contains(node) { move(node) }
        guard stopping == nil, nodes[node]?.phase == .waiting else { return }
        nodes[node]?.enter(.admitted, at: instant)
        nodes[node]?.workloads = Set(healthy.map(\.workload))
        for health in healthy {
            baseline[health.workload] = max(baseline[health.workload, default: 0], health.healthy)
            if let waiting = health.waiting { waitingForNode[health.workload, default: 0] += waiting }
        }
        hastenInvitations()
    }

    /// From its own wave to the present one.
    private mutating func move(_ node: String) {
        let later = outline.waves.indices.dropFirst(waveIndex + 1)
        guard let index = later.first(where: { outline.waves[$0].nodes.contains(node) }) else { return }
        outline.waves[index].nodes.removeAll { $0 == node }
        if outline.waves[index].nodes.isEmpty { outline.waves.remove(at: index) }
        outline.waves[waveIndex].nodes.append(node)
    }
}

extension Effect {
    fileprivate var isInvitation: Bool { if case .invite = self { true } else { false } }
}
