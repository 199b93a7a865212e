/// One change of a cluster, as a watch tells it.
package enum ClusterChange: Hashable, Sendable {
    case node(Node)
    case nodeGone(String)
    case pod(Pod)
    case podGone(PodID, uid: String)
    case workload(Workload)
    case workloadGone(WorkloadID)
    case budget(DisruptionBudget)
    case budgetGone(BudgetID)
    case volume(Volume)
    case volumeGone(ClaimID)
    case namespace(String, labels: Labels)
    case namespaceGone(String)
    /// The nodes whose components lead from now on.
    case leaders(Set<String>)
}

extension Cluster {
    /// Brings the picture up to date by one change.
    package mutating func apply(_ change: ClusterChange) {
        switch change {
        case .node(let node): replace(node)
        case .nodeGone(let name): removeNode(name)
        case .pod(let pod): replace(pod)
        case .podGone(let id, let uid): removePod(id, uid: uid)
        case .workload(let workload): replace(workload)
        case .workloadGone(let id): removeWorkload(id)
        case .budget(let budget): replace(budget)
        case .budgetGone(let id): removeBudget(id)
        case .volume(let volume): replace(volume)
        case .volumeGone(let claim): removeVolume(claim)
        case .namespace(let name, let labels): replaceNamespace(name, labels: labels)
        case .namespaceGone(let name): removeNamespace(name)
        case .leaders(let names): leaders = names.filter { node($0) != nil }
        }
    }
}
