import ClusterModel
import Synchronization

/// Works out what watched objects mean together: pods and their owners, claims and their volumes.
final class Tracer: Sendable {
    fileprivate struct Known {
        var owners: Owners
        var storage: StorageObjects
        var leaders: [String: String]
    }

    private let known: Mutex<Known>
    private let fence: Fence?

    /// - Parameter fence: is told who has the cluster's lease.
    init(_ collector: ObjectCollector, fence: Fence? = nil) {
        self.fence = fence
        known = Mutex(Known(owners: collector.owners, storage: collector.storage, leaders: collector.leaders))
    }

    /// What an object of a watch means; empty where it is nothing to us.
    func changes(of type: ObjectType, gone: Bool, _ cursor: inout JSONCursor) throws -> [ClusterChange] {
        let object = try ClusterObject(type, &cursor, SharedParts())
        if case .lease(let lease) = object, lease.isOurs { fence?.saw(gone ? "" : lease.holder) }
        return known.withLock { $0.changes(by: object, gone: gone) }
    }
}

extension Tracer.Known {
    fileprivate mutating func changes(by object: ClusterObject, gone: Bool) -> [ClusterChange] {
        switch object {
        case .node(let node): return [gone ? .nodeGone(node.name) : .node(node)]
        case .pod(var pod):
            if gone { return [.podGone(pod.id, uid: pod.uid)] }
            owners.trace(&pod)
            return [.pod(pod)]
        case .budget(let budget): return [gone ? .budgetGone(budget.id) : .budget(budget)]
        case .namespace(let name, let labels): return [gone ? .namespaceGone(name) : .namespace(name, labels: labels)]
        case .controller(let controller):
            let id = controller.workload.id
            owners.controllers[id] = gone ? nil : controller
            if controller.above != nil { return [] }
            return [gone ? .workloadGone(id) : .workload(controller.workload)]
        case .claim(let claim):
            storage.claims[claim.id] = gone ? nil : claim
            return [gone ? .volumeGone(claim.id) : .volume(storage.volume(claim))]
        case .volume(let volume):
            storage.volumes[volume.name] = gone ? nil : volume
            return storage.claims(on: volume.name).map { .volume(storage.volume($0)) }
        case .storageClass(let storageClass):
            storage.classes[storageClass.name] = gone ? nil : storageClass
            return storage.pending.map { .volume(storage.volume($0)) }
        case .lease(let lease): return changes(by: lease, gone: gone)
        }
    }

    /// Elections are renewed every few seconds, and won by another node rarely.
    private mutating func changes(by lease: LeaderLease, gone: Bool) -> [ClusterChange] {
        guard lease.isElection else { return [] }
        let before = Set(leaders.values)
        leaders[lease.id.name] = gone ? nil : lease.node
        let after = Set(leaders.values)
        return before == after ? [] : [.leaders(after)]
    }
}
