import ClusterModel

/// The version skew policy of Kubernetes: <https://kubernetes.io/releases/version-skew-policy/>.
///
/// A kubelet on a control-plane node is taken to be at the version of the API server beside it.
extension Survey {
    mutating func lookAtSkew() {
        guard let target = campaign.targetVersion else { return }
        for index in chosen { checkOwnVersion(index, target) }
        let controlPlane = chosen.filter { cluster.nodes[$0].isControlPlane }
        if !controlPlane.isEmpty {
            checkControlPlane(controlPlane, target)
            checkLaggards(controlPlane, target)
        }
        checkWorkers(target, raises: !controlPlane.isEmpty)
    }

    private mutating func checkOwnVersion(_ index: Int, _ target: Version) {
        guard let version = cluster.nodes[index].kubeletVersion else {
            block(
                index,
                .versionSkew,
                message: "\(name(index)) does not say which version its kubelet has",
                fix: "check the kubelet of \(name(index))"
            )
            return
        }
        if target < version {
            block(
                index,
                .versionSkew,
                message: "\(name(index)) runs \(version), which is newer than \(target): kubelets are not downgraded",
                fix: "choose \(version) or newer, or leave \(name(index)) out of the campaign"
            )
        }
    }

    /// API servers stay within one minor of each other, so a control plane goes one minor at a time.
    private mutating func checkControlPlane(_ leaving: [Int], _ target: Version) {
        for member in cluster.nodes.indices where cluster.nodes[member].isControlPlane {
            guard let version = cluster.nodes[member].kubeletVersion else {
                for index in leaving where index != member {
                    block(
                        index,
                        .versionSkew,
                        message: "control-plane node \(name(member)) does not say which version it has",
                        fix: "check the kubelet of \(name(member))"
                    )
                }
                continue
            }
            let ahead = target.minorsAhead(of: version)
            if let ahead, ahead <= 1 { continue }
            let distance = ahead.map { "\($0) minors ahead" } ?? "another major"
            for index in leaving {
                block(
                    index,
                    .versionSkew,
                    message: "control-plane node \(name(member)) runs \(version), and \(target) is \(distance): "
                        + "the control plane goes one minor at a time",
                    fix: "upgrade to \(version.major).\(version.minor + 1) first"
                )
            }
        }
    }

    /// Kubelets, chosen or not, that the raised API server would leave too far behind.
    private mutating func checkLaggards(_ leaving: [Int], _ target: Version) {
        let newest = (apiServers(afterRaising: []) + [target]).max() ?? target
        var worst: (node: Int, version: Version?)?
        for index in cluster.nodes.indices where !cluster.nodes[index].isControlPlane {
            let version = cluster.nodes[index].kubeletVersion
            if let version, let behind = newest.minorsAhead(of: version), behind <= allowedLag(of: version) { continue }
            if worst == nil { worst = (index, version) }
            if let version, chosen.contains(index) { blockLaggard(index, version, newest) }
        }
        guard let worst else { return }
        let worker = name(worst.node)
        let lag =
            worst.version.map { "\(worker) at \($0) is too far behind \(newest)" } ?? "\(worker) states no version"
        for index in leaving {
            block(
                index,
                .versionSkew,
                message: "\(name(index)) cannot be raised to \(target) yet: \(lag)",
                fix: "bring the workers within three minors of \(newest.major).\(newest.minor) first"
            )
        }
    }

    private mutating func blockLaggard(_ index: Int, _ version: Version, _ newest: Version) {
        let behind = newest.minorsAhead(of: version).map { "\($0) minors" } ?? "a major"
        block(
            index,
            .versionSkew,
            message: "\(name(index)) runs \(version), \(behind) behind an API server at \(newest); "
                + "\(allowedLag(of: version)) are allowed",
            fix: "upgrade \(name(index)) to "
                + "\(newest.major).\(max(0, newest.minor - 3)) or newer before the control plane"
        )
    }

    /// Kubelets before 1.25 may be two minors older than the API server, later ones three.
    private func allowedLag(of kubelet: Version) -> Int { (kubelet.major, kubelet.minor) < (1, 25) ? 2 : 3 }

    /// No kubelet is newer than the oldest API server, as the control plane stands when the workers' turn comes.
    private mutating func checkWorkers(_ target: Version, raises: Bool) {
        let raised = chosen.filter { cluster.nodes[$0].isControlPlane }
        var servers = apiServers(afterRaising: Set(raised))
        if raises { servers += [target] }
        let oldest = servers.min()
        if let oldest, (target.major, target.minor) <= (oldest.major, oldest.minor) { return }
        for index in chosen where !cluster.nodes[index].isControlPlane {
            let why = oldest.map { "an API server runs \($0)" } ?? "the version of the API server is not known"
            let toMinor = "\(target.major).\(target.minor)"
            block(
                index,
                .versionSkew,
                message: "\(name(index)) cannot go to \(target): \(why), and no kubelet may be newer than that",
                fix: oldest == nil
                    ? "take the snapshot with the API server's version"
                    : "upgrade the control plane to \(toMinor) first, or choose its nodes too"
            )
        }
    }

    /// Versions of the API servers that a campaign over `raised` leaves alone; what the cluster stated of itself no
    /// longer holds once one is raised.
    private func apiServers(afterRaising raised: Set<Int>) -> [Version] {
        let members = cluster.nodes.indices.filter { cluster.nodes[$0].isControlPlane && !raised.contains($0) }
        let stated = raised.isEmpty ? cluster.serverVersion : nil
        return members.compactMap { cluster.nodes[$0].kubeletVersion } + (stated.map { [$0] } ?? [])
    }
}
