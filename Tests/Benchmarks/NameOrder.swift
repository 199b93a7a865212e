import ClusterModel

/// Drains nodes in the order of their names, a batch at a time, with new pods placed as the default scheduler does.
///
/// Filters are requests, selectors, affinity to nodes, taints, cordons and required anti-affinity to pods of its own kind;
/// the score is the mean free share of CPU and memory over as many feasible nodes as the scheduler looks at. Budgets hold
/// evictions back to later rounds; one that allows nothing counts as 1. Pending pods are tried again in every round.
struct NameOrder {
    private(set) var batches = 0
    private(set) var rounds = 0
    private(set) var evictions = 0
    /// Nodes that still held pods when nothing moved any more.
    private(set) var leftBehind = 0
    var everPending: Int { waited.count }

    private let cluster: Cluster
    private var free: [Resources]
    private var isCordoned: [Bool]
    private var standing: [[Int]]
    private var pending: [Int] = []
    private var waited: Set<Int> = []
    /// By pod: the number of its budget, or -1.
    private var budget: [Int]
    private var allowed: [Int] = []
    /// By anti-affinity group and domain: its pods.
    private var crowd: [Seat: Int] = [:]
    private var group: [Int]
    private var topology: [String] = []
    /// Where the scheduler goes on looking.
    private var cursor = 0

    private struct Seat: Hashable {
        var group: Int
        var domain: String
    }

    init(_ cluster: Cluster) {
        self.cluster = cluster
        free = cluster.nodes.map(\.allocatable)
        isCordoned = cluster.nodes.map { !$0.ready || $0.unschedulable }
        standing = Array(repeating: [], count: cluster.nodes.count)
        budget = Array(repeating: -1, count: cluster.pods.count)
        group = budget
        let numbers = Dictionary(zip(cluster.nodes.map(\.name), 0...), uniquingKeysWith: { first, _ in first })
        findBudgets()
        findGroups()
        for (index, pod) in cluster.pods.enumerated() where !pod.isFinished {
            if let node = pod.node.flatMap({ numbers[$0] }) { put(index, on: node) }
        }
    }

    private mutating func findBudgets() {
        let byNamespace = Dictionary(grouping: cluster.budgets.indices) { cluster.budgets[$0].id.namespace }
        allowed = cluster.budgets.map { max(1, $0.status?.disruptionsAllowed ?? 1) }
        for (index, pod) in cluster.pods.enumerated() {
            let candidates = byNamespace[pod.id.namespace] ?? []
            budget[index] = candidates.first { cluster.budgets[$0].selects(pod) } ?? -1
        }
    }

    private mutating func findGroups() {
        var numbers: [PodAffinityTerm: Int] = [:]
        for (index, pod) in cluster.pods.enumerated() {
            guard let term = pod.podAntiAffinity.first else { continue }
            if numbers[term] == nil {
                numbers[term] = topology.count
                topology.append(term.topologyKey)
            }
            group[index] = numbers[term] ?? -1
        }
    }

    private mutating func put(_ pod: Int, on node: Int) {
        standing[node].append(pod)
        free[node] -= cluster.pods[pod].requests
        if let seat = seat(of: pod, on: node) { crowd[seat, default: 0] += 1 }
    }

    private mutating func take(_ pod: Int, from node: Int) {
        standing[node].removeAll { $0 == pod }
        free[node] += cluster.pods[pod].requests
        if let seat = seat(of: pod, on: node) { crowd[seat, default: 0] -= 1 }
    }

    private func seat(of pod: Int, on node: Int) -> Seat? {
        guard group[pod] >= 0, let domain = cluster.nodes[node].labels[topology[group[pod]]] else { return nil }
        return Seat(group: group[pod], domain: domain)
    }

    mutating func run(batch size: Int) {
        let nodes = Array(cluster.nodes.indices)
        for start in stride(from: 0, to: nodes.count, by: size) {
            drain(Array(nodes[start..<min(start + size, nodes.count)]))
        }
    }

    private mutating func drain(_ batch: [Int]) {
        batches += 1
        let before = batch.map { isCordoned[$0] }
        for node in batch { isCordoned[node] = true }
        repeat {
            rounds += 1
            let placed = retryPending()
            let moved = evictOnce(from: batch)
            if placed + moved == 0 { break }
        } while batch.contains { !movable(on: $0).isEmpty }
        leftBehind += batch.count { !movable(on: $0).isEmpty }
        for (node, wasCordoned) in zip(batch, before) { isCordoned[node] = wasCordoned }
    }

    private func movable(on node: Int) -> [Int] {
        standing[node].filter { index in
            let pod = cluster.pods[index]
            return !pod.isDaemon && !pod.isMirror && !pod.terminating
        }
    }

    private mutating func retryPending() -> Int {
        let waiting = pending
        pending = []
        for pod in waiting { place(pod) }
        return waiting.count - pending.count
    }

    /// One round: what the budgets allow; pods that wait for a node count against theirs.
    private mutating func evictOnce(from batch: [Int]) -> Int {
        var left = allowed
        for pod in pending where budget[pod] >= 0 { left[budget[pod]] -= 1 }
        var evicted: [Int] = []
        for node in batch {
            for pod in movable(on: node) {
                if budget[pod] >= 0 {
                    if left[budget[pod]] <= 0 { continue }
                    left[budget[pod]] -= 1
                }
                take(pod, from: node)
                evicted.append(pod)
            }
        }
        evictions += evicted.count
        for pod in evicted where cluster.pods[pod].owner != nil { place(pod) }
        return evicted.count
    }

    private mutating func place(_ pod: Int) {
        let count = cluster.nodes.count
        // As many as the scheduler scores: all of a hundred nodes, a shrinking share of more.
        let wanted = count <= 100 ? count : max(100, count * max(5, 50 - count / 125) / 100)
        var best: (node: Int, share: Double)?
        var feasible = 0
        var looked = 0
        while looked < count, feasible < wanted {
            let node = (cursor + looked) % count
            looked += 1
            guard fits(pod, on: node) else { continue }
            feasible += 1
            let share = freeShare(node)
            if best == nil || share > best?.share ?? 0 { best = (node, share) }
        }
        cursor = (cursor + looked) % count
        if let best { return put(pod, on: best.node) }
        pending.append(pod)
        waited.insert(pod)
    }

    private func freeShare(_ node: Int) -> Double {
        let offer = cluster.nodes[node].allocatable
        return Double(free[node].cpu) / Double(max(1, offer.cpu)) + Double(free[node].memory)
            / Double(max(1, offer.memory))
    }

    private func fits(_ index: Int, on node: Int) -> Bool {
        let (pod, place) = (cluster.pods[index], cluster.nodes[node])
        if isCordoned[node] || !free[node].covers(pod.requests) { return false }
        if let seat = seat(of: index, on: node), crowd[seat, default: 0] > 0 { return false }
        if pod.nodeSelector.contains(where: { place.labels[$0.key] != $0.value }) { return false }
        if !pod.nodeAffinity.isEmpty, !pod.nodeAffinity.contains(where: { $0.matches(place) }) { return false }
        return place.taints.allSatisfy { taint in
            taint.effect == .preferNoSchedule || pod.tolerations.contains { $0.tolerates(taint) }
        }
    }
}
