import ClusterModel

/// The nodes by the values of a label: which nodes stand in the same domain.
struct TopologyDomains: Sendable {
    /// By node; -1 for a node without the label.
    let ofNode: [Int32]
    let count: Int

    /// Every node is a domain of its own.
    init(nodes: Int) {
        ofNode = (0..<nodes).map(Int32.init)
        count = nodes
    }

    init(key: String, nodes: [Node]) {
        var numbers: [String: Int32] = [:]
        ofNode = nodes.map { node in
            guard let value = node.labels[key] else { return -1 }
            if let known = numbers[value] { return known }
            let number = Int32(numbers.count)
            numbers[value] = number
            return number
        }
        count = numbers.count
    }
}
