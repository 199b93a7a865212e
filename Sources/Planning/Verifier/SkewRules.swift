import ClusterModel

/// The version skew policy of Kubernetes: <https://kubernetes.io/releases/version-skew-policy/>.
///
/// A kubelet is taken to be at the version of the API server beside it.
extension PlanVerifier.Replay {
    func skewFaults(_ wave: Wave) -> [BrokenClaim] {
        guard let target = version(of: wave) else { return [] }
        let members = members(of: wave)
        var claims = members.compactMap { downgrade(of: $0, to: target, wave: wave.number) }
        if members.contains(where: { node($0).isControlPlane }) {
            claims += controlPlaneSkew(to: target, wave: wave.number)
            claims += lagging(behind: target, wave: wave.number)
        }
        let workers = members.filter { !node($0).isControlPlane }
        claims += workers.compactMap { workerSkew(of: $0, to: target, wave: wave.number) }
        return claims
    }

    private func downgrade(of index: Int, to target: Version, wave: Int) -> BrokenClaim? {
        guard let version = versions[index] else { return .skew(node(index).name, .unknownVersion, wave: wave) }
        guard target < version, !version.satisfies(target) else { return nil }
        return .skew(node(index).name, .downgrade(from: version, to: target), wave: wave)
    }

    /// API servers stay within one minor of each other, those too that the plan leaves alone: every one of them goes
    /// through each minor before any goes on.
    private func controlPlaneSkew(to target: Version, wave: Int) -> [BrokenClaim] {
        controlPlane.compactMap { index in
            guard let version = versions[index] else { return .skew(node(index).name, .unknownVersion, wave: wave) }
            if let ahead = target.minorsAhead(of: version), ahead <= 1 { return nil }
            return .skew(node(index).name, .tooFar(from: version, to: target), wave: wave)
        }
    }

    /// Kubelets that an API server at `target` leaves too far behind; servers from 1.28 on allow three minors.
    private func lagging(behind target: Version, wave: Int) -> [BrokenClaim] {
        let newest = (apiServers + [target]).max() ?? target
        let limit = (newest.major, newest.minor) >= (1, 28) ? 3 : 2
        return versions.indices.filter { !node($0).isControlPlane }.compactMap { index in
            guard let version = versions[index] else { return .skew(node(index).name, .unknownVersion, wave: wave) }
            if let behind = newest.minorsAhead(of: version), behind <= limit { return nil }
            return .skew(node(index).name, .tooOld(kubelet: version, server: newest, limit: limit), wave: wave)
        }
    }

    private func workerSkew(of index: Int, to target: Version, wave: Int) -> BrokenClaim? {
        guard let oldest = apiServers.min() else { return .skew(node(index).name, .unknownServerVersion, wave: wave) }
        guard (target.major, target.minor) > (oldest.major, oldest.minor) else { return nil }
        return .skew(node(index).name, .newerThanServer(target: target, server: oldest), wave: wave)
    }

    private var controlPlane: [Int] { verifier.cluster.nodes.indices.filter { node($0).isControlPlane } }

    /// The versions of the API servers; what the snapshot's own one stated holds until a wave has raised one.
    private var apiServers: [Version] {
        let stated = raisedControlPlane ? nil : verifier.cluster.serverVersion
        return controlPlane.compactMap { versions[$0] } + (stated.map { [$0] } ?? [])
    }
}
