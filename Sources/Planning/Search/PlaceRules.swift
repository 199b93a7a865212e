import ClusterModel

/// Which nodes pods may run on by selector, affinity, tolerations and volumes; pods with the same rules share one answer.
struct PlaceRules: Sendable {
    private struct Rules: Hashable {
        var nodeSelector: Labels
        var nodeAffinity: [NodeSelectorTerm]
        var tolerations: [Toleration]
        /// Volumes that are not tied to any place are left out.
        var volumes: [Reach]
        /// A claim is missing, not bound, or another pod's alone.
        var isHopeless: Bool

        func admit(_ node: Node) -> Bool {
            if isHopeless { return false }
            for (label, value) in nodeSelector where node.labels[label] != value { return false }
            if !nodeAffinity.isEmpty, !nodeAffinity.contains(where: { $0.matches(node) }) { return false }
            if !volumes.allSatisfy({ $0.allows(node) }) { return false }
            return node.taints.allSatisfy { taint in
                taint.effect == .preferNoSchedule || tolerations.contains { $0.tolerates(taint) }
            }
        }
    }

    /// From where a volume can be reached.
    private struct Reach: Hashable {
        private var volume: Volume

        init(_ volume: Volume) {
            self.volume = volume
            self.volume.claim = ClaimID(namespace: "", name: "")
            if case .bound = volume.binding { self.volume.binding = .bound(volume: "") }
        }

        func allows(_ node: Node) -> Bool { volume.allows(node) }
    }

    /// By pod: the number of its rules.
    let rules: [Int32]
    /// By rules: the open nodes that satisfy them, ascending.
    let nodes: [[Int]]
    /// By rules and node.
    private let admits: [Bool]
    private let width: Int

    init(_ cluster: Cluster, isOpen: [Bool]) {
        var numbers: [Rules: Int32] = [:]
        var distinct: [Rules] = []
        let claims = Claims(cluster)
        var last: (rules: Rules, number: Int32)?
        rules = cluster.pods.map { pod in
            let key = Self.rules(of: pod, claims)
            if let last, last.rules == key { return last.number }
            let number = numbers[key] ?? Int32(distinct.count)
            if numbers[key] == nil {
                numbers[key] = number
                distinct.append(key)
            }
            last = (key, number)
            return number
        }
        let admits = distinct.map { rules in zip(cluster.nodes, isOpen).map { $1 && rules.admit($0) } }
        self.admits = admits.flatMap { $0 }
        width = isOpen.count
        nodes = admits.map { row in row.indices.filter { row[$0] } }
    }

    private static func rules(of pod: Pod, _ claims: Claims) -> Rules {
        let volumes = pod.claims.isEmpty || pod.isFinished ? [] : claims.volumes(of: pod)
        return Rules(
            nodeSelector: pod.nodeSelector,
            nodeAffinity: pod.nodeAffinity,
            tolerations: pod.tolerations,
            volumes: volumes.filter { !$0.nodeAffinity.isEmpty || !$0.topology.isEmpty }.map(Reach.init),
            isHopeless: !pod.claims.isEmpty && claims.problem(of: pod) != nil
        )
    }

    func nodes(for pod: Int) -> [Int] { nodes[Int(rules[pod])] }

    func admits(_ pod: Int, on node: Int) -> Bool { admits[Int(rules[pod]) * width + node] }
}

/// The claims of pods, and what is wrong with them.
struct Claims {
    enum Problem: Hashable {
        case missing(ClaimID)
        case unbound(ClaimID)
        /// Another pod uses a volume that is for one pod only.
        case taken(ClaimID)
    }

    private let cluster: Cluster
    private let isKnown: Bool
    /// How many unfinished pods use a claim that is for one pod.
    private var users: [ClaimID: Int] = [:]

    init(_ cluster: Cluster) {
        self.cluster = cluster
        isKnown = !cluster.missingKinds.contains(.volumes)
        guard cluster.volumes.values.contains(where: \.isForOnePod) else { return }
        for pod in cluster.pods where !pod.isFinished {
            for claim in Self.claims(of: pod) where cluster.volumes[claim]?.isForOnePod == true {
                users[claim, default: 0] += 1
            }
        }
    }

    func volumes(of pod: Pod) -> [Volume] { cluster.volumes(of: pod) }

    /// Why a pod with these claims can be scheduled nowhere, if so.
    func problem(of pod: Pod) -> Problem? {
        for claim in Self.claims(of: pod) {
            guard let volume = cluster.volumes[claim] else {
                if isKnown { return .missing(claim) }
                continue
            }
            if volume.binding == .unbound { return .unbound(claim) }
            if users[claim, default: 0] > 1 { return .taken(claim) }
        }
        return nil
    }

    private static func claims(of pod: Pod) -> [ClaimID] {
        Set(pod.claims).sorted().map { ClaimID(namespace: pod.id.namespace, name: $0) }
    }
}
