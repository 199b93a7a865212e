/// Something odd in what a cluster was read from; it was read all the same.
package enum SourceNote: Hashable, Sendable {
    /// The pod's node is not among the nodes: it runs nowhere that is known, and its budgets count it.
    case unknownNode(pod: PodID, node: String)
    /// Controllers own one another in a circle: none of them is at the top, so each stands for itself.
    case ownerCycle(WorkloadID)
    /// Two different objects of this kind have this name; the later one was kept.
    case duplicate(object: String)
    /// A file in the snapshot's folder that holds no Kubernetes objects.
    case foreignFile(String)
    /// The API does not let us list this kind.
    case notPermitted(kind: String)
    /// The API does not serve this kind.
    case notServed(kind: String)
}

extension SourceNote: CustomStringConvertible {
    package var description: String {
        switch self {
        case .unknownNode(let pod, let node):
            "pod \(pod): its node \(node) is not in the picture: it counts for budgets, and takes up no room"
        case .ownerCycle(let workload):
            "\(workload): its owners own one another: it is taken as a workload of its own"
        case .duplicate(let object): "\(object): is there twice, and differs: the later one counts"
        case .foreignFile(let file): "\(file): holds no Kubernetes objects: it is passed over"
        case .notPermitted(let kind):
            "\(kind) may not be listed: bind a role that allows it, or their rules are not applied"
        case .notServed(let kind): "\(kind) are not served by this API: their rules are not applied"
        }
    }
}
