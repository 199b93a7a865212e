import ClusterModel

/// Claims, volumes and storage classes, and what they mean together.
struct StorageObjects: Sendable {
    var claims: [ClaimID: Claim] = [:]
    var volumes: [String: PersistentVolume] = [:]
    var classes: [String: StorageClass] = [:]

    var all: [Volume] { claims.values.map(volume) }

    /// The claims bound to a volume.
    func claims(on volume: String) -> [Claim] { claims.values.filter { $0.volume == volume } }

    /// Claims that still wait; whether they wait for a pod depends on their class.
    var pending: [Claim] { claims.values.filter { !$0.isBound } }

    /// What the scheduler's volume plugins see in a claim.
    func volume(_ claim: Claim) -> Volume {
        var volume = Volume(claim: claim.id, binding: binding(of: claim))
        volume.isForOnePod = claim.accessModes.contains("ReadWriteOncePod")
        let bound = volumes[claim.volume]
        volume.nodeAffinity = bound?.nodeAffinity ?? []
        volume.topology = bound?.topology ?? [:]
        volume.isLocal = bound?.isLocal ?? false
        // The attach controller goes by the volume's modes where it has any.
        let modes = bound.map(\.accessModes).flatMap { $0.isEmpty ? nil : $0 } ?? claim.accessModes
        let isExclusive = !modes.isEmpty && modes.isDisjoint(with: ["ReadWriteMany", "ReadOnlyMany"])
        volume.attachesToOneNode = isExclusive && !volume.isLocal && !(bound?.isShared ?? false)
        return volume
    }

    /// A claim that is being deleted, or whose volume is gone, lets no new pod in.
    private func binding(of claim: Claim) -> Volume.Binding {
        if claim.isTerminating { return .unbound }
        if claim.isBound {
            let isGone = !volumes.isEmpty && volumes[claim.volume] == nil
            return isGone ? .unbound : .bound(volume: claim.volume)
        }
        return claim.volume.isEmpty && storageClass(of: claim)?.waitsForPod ?? false ? .waitsForPod : .unbound
    }

    private func storageClass(of claim: Claim) -> StorageClass? {
        guard let name = claim.storageClass else { return classes.values.first(where: \.isDefault) }
        return classes[name]
    }
}
