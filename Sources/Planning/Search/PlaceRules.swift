import ClusterModel

/// Which nodes pods may run on by selector, affinity and tolerations; pods with the same rules share one answer.
struct PlaceRules {
    private struct Rules: Hashable {
        var nodeSelector: Labels
        var nodeAffinity: [NodeSelectorTerm]
        var tolerations: [Toleration]

        func admit(_ node: Node) -> Bool {
            for (label, value) in nodeSelector where node.labels[label] != value { return false }
            if !nodeAffinity.isEmpty, !nodeAffinity.contains(where: { $0.matches(node) }) { return false }
            return node.taints.allSatisfy { taint in
                taint.effect == .preferNoSchedule || tolerations.contains { $0.tolerates(taint) }
            }
        }
    }

    /// By pod: the number of its rules.
    let rules: [Int]
    /// By rules: the open nodes that satisfy them, ascending.
    let nodes: [[Int]]
    /// By rules and node.
    private let admits: [[Bool]]

    init(_ cluster: Cluster, isOpen: [Bool]) {
        var numbers: [Rules: Int] = [:]
        var distinct: [Rules] = []
        rules = cluster.pods.map { pod in
            let key = Rules(
                nodeSelector: pod.nodeSelector,
                nodeAffinity: pod.nodeAffinity,
                tolerations: pod.tolerations
            )
            if let known = numbers[key] { return known }
            numbers[key] = distinct.count
            distinct.append(key)
            return distinct.count - 1
        }
        let admits = distinct.map { rules in zip(cluster.nodes, isOpen).map { $1 && rules.admit($0) } }
        self.admits = admits
        nodes = admits.map { row in row.indices.filter { row[$0] } }
    }

    func nodes(for pod: Int) -> [Int] { nodes[rules[pod]] }

    func admits(_ pod: Int, on node: Int) -> Bool { admits[rules[pod]][node] }
}
