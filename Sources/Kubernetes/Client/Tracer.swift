import ClusterModel
import Synchronization

/// Traces watched pods to their workloads, as ReplicaSets come and go.
final class Tracer: Sendable {
    private let collector: Mutex<ObjectCollector>

    init(_ collector: ObjectCollector) {
        var known = ObjectCollector()
        known.controllers = collector.controllers
        self.collector = Mutex(known)
    }

    /// What an object of a watch means; nil where it is nothing to us.
    func change(of type: ObjectType, gone: Bool, _ cursor: inout JSONCursor) throws -> ClusterChange? {
        switch type.kind {
        case "Node":
            let node = try Node(json: &cursor)
            return gone ? .nodeGone(node.name) : .node(node)
        case "Pod":
            let pod = try Pod(json: &cursor)
            return gone ? .podGone(pod.id, uid: pod.uid) : .pod(collector.withLock { $0.traced(pod) })
        case "PodDisruptionBudget":
            let budget = try DisruptionBudget(json: &cursor, isBeta: type.apiVersion == "policy/v1beta1")
            return gone ? .budgetGone(budget.id) : .budget(budget)
        default:
            let controller = try Controller(kind: type.kind, json: &cursor)
            let id = controller.workload.id
            collector.withLock { $0.controllers[id] = gone ? nil : controller }
            if controller.above != nil { return nil }
            return gone ? .workloadGone(id) : .workload(controller.workload)
        }
    }
}
