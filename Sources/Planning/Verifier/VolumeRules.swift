import ClusterModel

/// The plugins VolumeBinding (a volume's node affinity, claims bound or waiting for their pod), VolumeZone (its zone
/// labels) and VolumeRestrictions (`ReadWriteOncePod`); that a `ReadWriteOnce` volume attaches to one node is the
/// attach-detach controller's rule.
extension PlanVerifier.Replay {
    func volumeFaults(of pod: Int, on node: Int) -> [BrokenClaim.TargetFault] {
        let id = self.pod(pod).id
        return verifier.cluster.pods[pod].claims.flatMap { name -> [BrokenClaim.TargetFault] in
            let claim = ClaimID(namespace: id.namespace, name: name)
            guard let volume = verifier.cluster.volumes[claim] else {
                return verifier.cluster.missingKinds.contains(.volumes) ? [] : [.unknownVolume(claim)]
            }
            if volume.binding == .unbound { return [.unboundVolume(claim)] }
            let reach: [BrokenClaim.TargetFault] = volume.allows(self.node(node)) ? [] : [.unreachableVolume(claim)]
            return reach + sharingFaults(of: volume, pod: pod, node: node)
        }
    }

    private func sharingFaults(of volume: Volume, pod: Int, node: Int) -> [BrokenClaim.TargetFault] {
        let others = verifier.claimUsers[volume.claim, default: []].filter { $0 != pod }
        if volume.isForOnePod, let other = others.first(where: { home[$0] != nil || self.pod($0).node == nil }) {
            return [.takenVolume(volume.claim, by: self.pod(other).id)]
        }
        guard volume.attachesToOneNode else { return [] }
        let away = others.first { home[$0] != nil && home[$0] != node }
        guard let away, let place = homeName(away) else { return [] }
        return [.attachedVolume(volume.claim, by: self.pod(away).id, node: place)]
    }
}

extension PlanVerifier {
    /// The unfinished pods that use each claim.
    static func claimUsers(in cluster: Cluster) -> [ClaimID: [Int]] {
        var users: [ClaimID: [Int]] = [:]
        for index in cluster.pods.indices where !cluster.pods[index].claims.isEmpty {
            let pod = cluster.pods[index]
            if pod.isFinished { continue }
            for name in Set(pod.claims) {
                users[ClaimID(namespace: pod.id.namespace, name: name), default: []].append(index)
            }
        }
        return users
    }
}
