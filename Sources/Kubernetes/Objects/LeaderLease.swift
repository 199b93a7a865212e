import ClusterModel

/// A component's election: who leads holds the Lease of the component's name in `kube-system`.
struct LeaderLease: Hashable {
    var id: PodID
    /// The node of the holder, whose identity is `NODE_UUID`.
    var node: String?
    /// Empty for nobody.
    var holder: String

    static let components: Set<String> = ["kube-controller-manager", "kube-scheduler"]

    /// The lease that runs of this program take.
    var isOurs: Bool { id == PodID(namespace: "kube-system", name: "evenkeel") }

    var isElection: Bool { id.namespace == "kube-system" && Self.components.contains(id.name) }

    init(json cursor: inout JSONCursor, _ shared: SharedParts) throws {
        var head = ObjectHead()
        var name = ""
        try cursor.object { cursor, key in
            switch key {
            case "metadata": try head.read(&cursor, shared, annotations: .none)
            case "spec": try cursor.object(at: "holderIdentity") { name = try $0.text() }
            default: try cursor.skip()
            }
        }
        id = head.id
        holder = name
        node = holder.lastIndex(of: "_").map { String(holder[..<$0]) }
    }
}
