import ClusterModel

/// Why a pod's volumes let it run on no other node, if it is they that do.
struct VolumeTrouble {
    let explanation: (why: String, fix: String)?

    init(_ terrain: Terrain, _ pod: Pod, on index: Int) {
        explanation = Self.explain(terrain, pod, on: index)
    }

    private static func explain(_ terrain: Terrain, _ pod: Pod, on index: Int) -> (String, String)? {
        if pod.claims.isEmpty { return nil }
        switch Claims(terrain.cluster).problem(of: pod) {
        case .missing(let claim):
            return ("its claim \(claim) does not exist", "create the claim \(claim), or take it out of the pod")
        case .unbound(let claim):
            return ("its claim \(claim) is not bound to a volume", "look at the events of claim \(claim)")
        case .taken(let claim):
            return (
                "its claim \(claim) is for one pod only, and another pod uses it",
                "let only one pod use \(claim), or give it the access mode ReadWriteMany"
            )
        case nil: break
        }
        let nodes = terrain.cluster.nodes
        let others = nodes.indices.filter { $0 != index && terrain.isOpen[$0] && admits(nodes[$0], pod) }
        let volumes = terrain.cluster.volumes(of: pod)
        guard !others.isEmpty,
            let tied = volumes.first(where: { volume in !others.contains { volume.allows(nodes[$0]) } })
        else { return nil }
        if tied.isLocal {
            return (
                "the volume of claim \(tied.claim) lies on \(nodes[index].name) itself, and none of "
                    + "\(others.count == 1 ? "1 other node" : "\(others.count) other nodes") reaches it",
                "move the data to a volume that other nodes reach, or waive it and accept the outage"
            )
        }
        return (
            "the volume of claim \(tied.claim) can be reached from none of "
                + (others.count == 1 ? "1 other node it may run on" : "\(others.count) other nodes it may run on"),
            "add a node where the volume can be reached, or move its data"
        )
    }

    private static func admits(_ node: Node, _ pod: Pod) -> Bool {
        pod.nodeSelector.allSatisfy { node.labels[$0.key] == $0.value }
            && (pod.nodeAffinity.isEmpty || pod.nodeAffinity.contains { $0.matches(node) })
            && node.taints.allSatisfy { taint in
                taint.effect == .preferNoSchedule || pod.tolerations.contains { $0.tolerates(taint) }
            }
    }
}
