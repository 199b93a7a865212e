import ClusterModel

extension Survey {
    /// Pods that may run on no other node, or are too big for every other one even when it is empty.
    mutating func lookAtPlaces() {
        for index in chosen {
            var pinned: [Int] = []
            var oversized: [Int] = []
            for pod in terrain.movers[index] {
                if terrain.fate[pod] == .ends { continue }
                let others = terrain.places.nodes(for: pod).lazy.filter { $0 != index }
                if others.isEmpty {
                    pinned.append(pod)
                } else if !others.contains(where: { canEverHold($0, pod) }) {
                    oversized.append(pod)
                }
            }
            for waits in [false, true] {
                let pinned = pinned.filter { (terrain.fate[$0] == .mayWait) == waits }
                let oversized = oversized.filter { (terrain.fate[$0] == .mayWait) == waits }
                if let first = pinned.first { blockForPin(index, first, count: pinned.count) }
                if let first = oversized.first { blockForSize(index, first, count: oversized.count) }
            }
        }
    }

    private func canEverHold(_ node: Int, _ pod: Int) -> Bool {
        (0..<terrain.resources.count).allSatisfy { column in
            let wanted = terrain.requests[pod, column]
            return wanted <= 0 || wanted <= terrain.capacity[node, column] - terrain.fixed[node, column]
        }
    }

    mutating func blockForPin(_ index: Int, _ pod: Int, count: Int) {
        let value = terrain.pod(pod)
        let more = count == 1 ? "" : " (one of \(count) such pods here)"
        if let (why, fix) = VolumeTrouble(terrain, value, on: index).explanation {
            block(
                index,
                .volume,
                pod: value.id,
                message: "\(value.id) on \(name(index))\(more) can run on no other node: \(why)",
                fix: fix
            )
            return
        }
        block(
            index,
            .pinnedPod,
            pod: value.id,
            message: "\(value.id) on \(name(index))\(more) can run on no other node that is Ready and not cordoned: "
                + reasons(value),
            fix: "let it run elsewhere, or give another node what it asks for"
        )
    }

    private func reasons(_ pod: Pod) -> String {
        var reasons: [String] = []
        if !pod.nodeSelector.isEmpty {
            let labels = pod.nodeSelector.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
            reasons.append("its nodeSelector asks for \(labels.joined(separator: ","))")
        }
        if !pod.nodeAffinity.isEmpty { reasons.append("it has a required node affinity") }
        return reasons.isEmpty ? "it tolerates the taints of none" : reasons.joined(separator: " and ")
    }

    private mutating func blockForSize(_ index: Int, _ pod: Int, count: Int) {
        let empty = terrain.places.nodes(for: pod).filter { $0 != index }
        let lack = Shortfall.least(for: pod, on: empty, terrain) {
            terrain.capacity[$0, $1] - terrain.fixed[$0, $1]
        }
        let id = terrain.pod(pod).id
        let more = count == 1 ? "" : " (one of \(count) such pods here)"
        block(
            index,
            .noRoom,
            pod: id,
            message: "\(id) on \(name(index))\(more) fits on no other node, not even an empty one"
                + (lack.map { ": \($0.text(terrain))" } ?? ""),
            fix: "add a node of the size of \(name(index)), or lower the pod's requests"
        )
    }
}

/// How far a pod is from fitting on the node where the least is missing.
struct Shortfall {
    var node: Int
    var resource: Int
    var wanted: Int64
    var missing: Int64

    /// - Parameter free: what a node has of a resource.
    static func least(
        for pod: Int,
        on nodes: [Int],
        _ terrain: Terrain,
        free: (_ node: Int, _ resource: Int) -> Int64
    ) -> Shortfall? {
        var best: (lack: Double, shortfall: Shortfall)?
        for node in nodes {
            var worst: (lack: Double, shortfall: Shortfall)?
            for column in 0..<terrain.resources.count {
                let wanted = terrain.requests[pod, column]
                let missing = wanted - free(node, column)
                if wanted <= 0 || missing <= 0 { continue }
                let lack = Double(missing) * terrain.scale[column] + 1e-9
                if lack > worst?.lack ?? 0 {
                    worst = (lack, Shortfall(node: node, resource: column, wanted: wanted, missing: missing))
                }
            }
            guard let worst else { return nil }
            if worst.lack < best?.lack ?? .infinity { best = worst }
        }
        return best?.shortfall
    }

    func text(_ terrain: Terrain) -> String {
        let resource = terrain.resources[resource]
        return "it asks for \(AmountText.text(wanted, of: resource)), and the best node, "
            + "\(terrain.node(node).name), lacks \(AmountText.text(missing, of: resource))"
    }
}
