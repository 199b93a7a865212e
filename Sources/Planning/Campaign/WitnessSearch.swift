import ClusterModel

/// Looks for places for one more node's pods beside moves that stay as they are; says what is missing where there is none.
struct WitnessSearch {
    private let cluster: Cluster
    private let leaving: Set<String>
    private let open: [Node]

    init(_ cluster: Cluster, leaving: [String]) {
        self.cluster = cluster
        self.leaving = Set(leaving)
        let gone = self.leaving
        open = cluster.nodes.filter { $0.ready && !$0.unschedulable && !gone.contains($0.name) }
    }

    /// The moves of the node's pods and of those that would have come there, as far as they go, and why there is no
    /// further one.
    func places(for node: String, _ displaced: [Move], beside moves: [Move]) -> ([Move], homeless: String?) {
        var used = load()
        for move in moves where move.to != move.from {
            if let pod = cluster.pod(move.pod) { used[move.to, default: .zero] += pod.requests }
        }
        var found: [Move] = []
        let origins = Dictionary(displaced.map { ($0.pod, $0.from) }) { first, _ in first }
        let homeless = movable(on: node) + displaced.compactMap { cluster.pod($0.pod) }
        for pod in homeless.sorted(by: Self.isBigger) {
            let admitted = open.filter { Self.admits(pod, $0) }
            let fitting = admitted.filter { free($0, used).firstShortage(of: pod.requests) == nil }
            guard let best = fitting.min(by: { (free($0, used).cpu, $0.name) < (free($1, used).cpu, $1.name) }) else {
                return (found, lack(of: pod, on: admitted, used))
            }
            found.append(Move(pod: pod.id, from: origins[pod.id] ?? node, to: best.name))
            used[best.name, default: .zero] += pod.requests
        }
        return (found, nil)
    }

    private func movable(on node: String) -> [Pod] {
        cluster.pods(on: node).filter { !$0.isFinished && !$0.isDaemon && !$0.isMirror && !$0.terminating }
    }

    private static func isBigger(_ left: Pod, _ right: Pod) -> Bool {
        (right.requests.cpu, right.requests.memory, left.id) < (left.requests.cpu, left.requests.memory, right.id)
    }

    private func load() -> [String: Resources] {
        var used: [String: Resources] = [:]
        for pod in cluster.pods where !pod.isFinished {
            if let node = pod.node { used[node, default: .zero] += pod.requests }
        }
        return used
    }

    private func free(_ node: Node, _ used: [String: Resources]) -> Resources {
        node.allocatable - used[node.name, default: .zero]
    }

    private static func admits(_ pod: Pod, _ node: Node) -> Bool {
        node.taints.allSatisfy { taint in
            taint.effect == .preferNoSchedule || pod.tolerations.contains { $0.tolerates(taint) }
        }
            && pod.nodeSelector.allSatisfy { node.labels[$0.key] == $0.value }
            && (pod.nodeAffinity.isEmpty || pod.nodeAffinity.contains { $0.matches(node) })
    }

    /// The node that lacks the least, by the share of what the pod asks for.
    private func lack(of pod: Pod, on nodes: [Node], _ used: [String: Resources]) -> String {
        let short = nodes.compactMap { node in
            free(node, used).firstShortage(of: pod.requests).map { (node: node.name, shortage: $0) }
        }
        let best = short.min { (share($0.shortage), $0.node) < (share($1.shortage), $1.node) }
        guard let best else { return "pod \(pod.id) may run on no other node that is open then" }
        let resource = best.shortage.resource
        return "pod \(pod.id) asks for \(AmountText.text(best.shortage.wanted, of: resource)), and the best node, "
            + "\(best.node), has \(AmountText.text(max(0, best.shortage.free), of: resource)) free"
    }

    private func share(_ shortage: Resources.Shortage) -> Double {
        Double(shortage.wanted - shortage.free) / Double(max(1, shortage.wanted))
    }
}
