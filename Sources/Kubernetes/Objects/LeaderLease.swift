import ClusterModel

/// A component's election: who leads holds the Lease of the component's name in `kube-system`.
struct LeaderLease: Hashable {
    var id: PodID
    /// The node of the holder, whose identity is `NODE_UUID`.
    var node: String?

    static let components: Set<String> = ["kube-controller-manager", "kube-scheduler"]

    var isElection: Bool { id.namespace == "kube-system" && Self.components.contains(id.name) }

    init(json cursor: inout JSONCursor, _ shared: SharedParts) throws {
        var head = ObjectHead()
        var holder = ""
        try cursor.object { cursor, key in
            switch key {
            case "metadata": try head.read(&cursor, shared, annotations: .none)
            case "spec": try cursor.object(at: "holderIdentity") { holder = try $0.text() }
            default: try cursor.skip()
            }
        }
        id = head.id
        node = holder.lastIndex(of: "_").map { String(holder[..<$0]) }
    }
}
