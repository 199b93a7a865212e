import ClusterModel

/// Gathers Kubernetes objects, in whatever packing they come, and makes a cluster of them.
struct ObjectCollector: Sendable {
    var nodes: [Node] = []
    var pods: [Pod] = []
    var owners = Owners()
    var budgets: [DisruptionBudget] = []
    var storage = StorageObjects()
    var namespaces: [String: Labels] = [:]
    /// Nodes that lead, by component.
    var leaders: [String: String] = [:]
    /// Known kinds that were seen, even if their list was empty.
    var kinds: Set<String> = []
    var notes: Set<SourceNote> = []
    private var recent: (type: ObjectType, isKnown: Bool) = (ObjectType(), false)

    /// Reads one object; what is of no use here is passed over.
    mutating func read(_ type: ObjectType, _ cursor: inout JSONCursor, _ shared: SharedParts) throws {
        if type != recent.type {
            recent = (type, type.isKnown)
            if recent.isKnown { kinds.insert(type.kind) }
        }
        guard recent.isKnown else { return try cursor.skip() }
        add(try ClusterObject(type, &cursor, shared))
    }

    private mutating func add(_ object: ClusterObject) {
        switch object {
        case .node(let node): nodes.append(node)
        case .pod(let pod): pods.append(pod)
        case .budget(let budget): budgets.append(budget)
        case .controller(let controller):
            let id = controller.workload.id
            note("\(id)", owners.controllers.updateValue(controller, forKey: id), controller)
        case .claim(let claim):
            let name = "PersistentVolumeClaim \(claim.id)"
            note(name, storage.claims.updateValue(claim, forKey: claim.id), claim)
        case .volume(let volume):
            let name = "PersistentVolume \(volume.name)"
            note(name, storage.volumes.updateValue(volume, forKey: volume.name), volume)
        case .storageClass(let found):
            note("StorageClass \(found.name)", storage.classes.updateValue(found, forKey: found.name), found)
        case .namespace(let name, let labels): namespaces[name] = labels
        case .lease(let lease): if lease.isElection { leaders[lease.id.name] = lease.node }
        }
    }

    private mutating func note<Object: Equatable>(_ name: String, _ earlier: Object?, _ object: Object) {
        if let earlier, earlier != object { notes.insert(.duplicate(object: name)) }
    }

    mutating func merge(_ other: ObjectCollector) {
        nodes += other.nodes
        pods += other.pods
        budgets += other.budgets
        owners.controllers.merge(other.owners.controllers) { _, last in last }
        storage.claims.merge(other.storage.claims) { _, last in last }
        storage.volumes.merge(other.storage.volumes) { _, last in last }
        storage.classes.merge(other.storage.classes) { _, last in last }
        namespaces.merge(other.namespaces) { _, last in last }
        leaders.merge(other.leaders) { _, last in last }
        kinds.formUnion(other.kinds)
        notes.formUnion(other.notes)
    }
}
