import ClusterModel

/// Names of nodes as people type them.
enum NodeNames {
    /// - Parameter option: what gave the name, for the message.
    static func check(_ name: String, given option: String, in cluster: Cluster) throws {
        if cluster.node(name) != nil { return }
        let known = cluster.nodes.prefix(8).map(\.name).joined(separator: ", ")
        throw CommandFailure(
            "\(option) \(name): the cluster has no such node: correct the name "
                + "(there are \(known)\(cluster.nodes.count > 8 ? ", …" : ""))",
            code: .usage
        )
    }
}
