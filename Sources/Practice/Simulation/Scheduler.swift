import ClusterModel
import HeapModule

/// Pods that wait for a place: the highest priority first, then the longest waiting.
struct SchedulingQueue: Sendable {
    private struct Entry: Comparable, Sendable {
        let priority: Int
        let sequence: Int
        let key: ObjectKey

        static func < (left: Entry, right: Entry) -> Bool {
            (-left.priority, left.sequence) < (-right.priority, right.sequence)
        }
    }

    private var heap = Heap<Entry>()
    /// Which entry of a pod counts; others in the heap are left over.
    private var current: [ObjectKey: Int] = [:]
    private var unschedulable: [ObjectKey: Int] = [:]
    private var sequence = 0

    var isEmpty: Bool { current.isEmpty }
    var hasUnschedulable: Bool { !unschedulable.isEmpty }

    mutating func add(_ key: ObjectKey, priority: Int) {
        unschedulable[key] = nil
        guard current[key] == nil else { return }
        sequence += 1
        current[key] = sequence
        heap.insert(Entry(priority: priority, sequence: sequence, key: key))
    }

    mutating func park(_ key: ObjectKey, priority: Int) { unschedulable[key] = priority }

    mutating func forget(_ key: ObjectKey) {
        current[key] = nil
        unschedulable[key] = nil
    }

    mutating func next() -> ObjectKey? {
        while let entry = heap.popMin() {
            guard current[entry.key] == entry.sequence else { continue }
            current[entry.key] = nil
            return entry.key
        }
        return nil
    }

    /// Tries the parked pods again.
    mutating func wake() {
        for (key, priority) in unschedulable.sorted(by: { $0.key < $1.key }) { add(key, priority: priority) }
    }
}

extension PracticeCluster {
    mutating func enqueue(_ key: ObjectKey) {
        queue.add(key, priority: pods[key]?.rules.priority ?? 0)
        after(random.duration(in: options.schedulerDelay), .schedulePod)
    }

    /// Something was freed or changed: pods without a place may find one now.
    mutating func retryUnschedulable() {
        guard queue.hasUnschedulable else { return }
        queue.wake()
        after(random.duration(in: options.schedulerDelay), .schedulePod)
    }

    /// Places one pod, or says why there is no place for it.
    mutating func schedulePod() {
        guard let key = queue.next() else { return }
        defer {
            if !queue.isEmpty { after(random.duration(in: options.schedulerDelay), .schedulePod) }
        }
        guard let pod = pods[key], pod.node == nil, pod.isActive else { return }
        let placement = Placement(of: pod, pods: pods, nodes: nodes, volumes: PodVolumes(of: pod, in: store))
        var obstacles: [String: Int] = [:]
        var best: (name: String, score: Int64)?
        for name in nodes.keys.sorted() {
            guard let facts = nodes[name] else { continue }
            if let obstacle = placement.obstacle(on: facts) {
                obstacles[obstacle, default: 0] += 1
                continue
            }
            let score = placement.score(facts.node)
            if score > best?.score ?? .min { best = (name, score) }
        }
        if let best { bind(key, to: best.name) } else { refuse(key, obstacles) }
    }

    private mutating func bind(_ key: ObjectKey, to node: String) {
        update(.pod, key) { [now] pod in
            pod["spec", "nodeName"] = .string(node)
            pod.setCondition("PodScheduled", "True", at: now)
        }
    }

    private mutating func refuse(_ key: ObjectKey, _ obstacles: [String: Int]) {
        queue.park(key, priority: pods[key]?.rules.priority ?? 0)
        let reasons = obstacles.map { "\($0.value) \($0.key)" }.sorted().joined(separator: ", ")
        let message = "0/\(nodes.count) nodes are available: \(reasons)."
        update(.pod, key) { [now] pod in
            pod.setCondition(
                "PodScheduled",
                "False",
                at: now,
                ["reason": "Unschedulable", "message": .string(message)]
            )
        }
    }
}
