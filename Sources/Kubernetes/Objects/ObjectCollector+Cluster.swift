import ClusterModel

extension ObjectCollector {
    /// What was gathered; of different objects of one name, the one that came last.
    consuming func cluster(serverVersion: Version? = nil) -> Cluster {
        var all = consume self
        all.keepLatest()
        let owners = all.owners
        for index in all.pods.indices { owners.trace(&all.pods[index]) }
        all.noteOddities()
        let names = Set(all.nodes.map(\.name))
        return Cluster(
            nodes: all.nodes,
            pods: all.pods,
            workloads: owners.workloads,
            budgets: all.budgets,
            volumes: all.storage.all,
            namespaces: all.namespaces,
            leaders: names.intersection(all.leaders.values),
            missingKinds: all.missingKinds,
            notes: Array(all.notes),
            serverVersion: serverVersion
        )
    }

    private mutating func keepLatest() {
        for id in pods.orderByName() { notes.insert(.duplicate(object: "Pod \(id)")) }
        for name in nodes.keepLatest(by: \.name) { notes.insert(.duplicate(object: "Node \(name)")) }
        for id in budgets.keepLatest(by: \.id) { notes.insert(.duplicate(object: "PodDisruptionBudget \(id)")) }
    }

    private mutating func noteOddities() {
        for id in owners.cycles { notes.insert(.ownerCycle(id)) }
        let names = Set(nodes.map(\.name))
        for index in pods.indices {
            guard let node = pods[index].node, !names.contains(node) else { continue }
            notes.insert(.unknownNode(pod: pods[index].id, node: node))
        }
    }

    private var missingKinds: Set<Cluster.ObjectKind> {
        var missing: Set<Cluster.ObjectKind> = []
        if kinds.isDisjoint(with: ObjectType.controllers) { missing.insert(.workloads) }
        if !kinds.contains("PodDisruptionBudget") { missing.insert(.budgets) }
        if !kinds.contains("Namespace") { missing.insert(.namespaces) }
        let lacksVolumes = !kinds.contains("PersistentVolume") && storage.claims.values.contains(where: \.isBound)
        if lacksVolumes || !kinds.contains("PersistentVolumeClaim") { missing.insert(.volumes) }
        return missing
    }
}
