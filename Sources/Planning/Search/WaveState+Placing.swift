extension WaveState {
    /// How a pod's new place is to be found.
    struct Reach {
        /// Only where it need not move again.
        var settledOnly = false
        /// Also where the pod costs its new node a further round later.
        var mayCrowd = false
    }

    /// How many candidate places are looked at for each pod in a big cluster.
    private static let sample = 48

    /// Finds places for all of `pods`, big ones first, and moves others of the wave aside where that helps.
    ///
    /// - Returns: the pod that found none, if any; then the state has to be rolled back.
    mutating func place(_ pods: [Int], _ reach: Reach, log: inout [Placement]) -> Int? {
        for pod in sortedBySize(pods) {
            if let node = bestPlace(for: pod, reach) {
                log.append(Placement(pod: pod, before: target[pod]))
                occupy(node, with: pod)
            } else if !makeRoom(for: pod, reach, log: &log) {
                return pod
            }
        }
        return nil
    }

    /// What to undo.
    struct Placement {
        var pod: Int
        var before: Int?
    }

    mutating func rollBack(_ log: [Placement]) {
        for entry in log.reversed() {
            vacate(entry.pod)
            if let before = entry.before { occupy(before, with: entry.pod) }
        }
    }

    /// The best place that has room: settled nodes by tightest fit, else the one that leaves last.
    func bestPlace(for pod: Int, _ reach: Reach) -> Int? {
        if let node = tightest(candidates(for: pod, in: settledRoom, .settled), for: pod) { return node }
        if reach.settledOnly { return nil }
        return latest(candidates(for: pod, in: waitingRoom, .waiting), for: pod, reach)
    }

    private func candidates(for pod: Int, in room: RoomIndex, _ wanted: Phase) -> [Int] {
        let allowed = terrain.places.nodes(for: pod)
        var found: [Int] = []
        if allowed.count * 8 < phase.count {
            for node in allowed where phase[node] == wanted && free.covers(terrain.requests, pod, at: node) {
                found.append(node)
                if found.count == Self.sample { break }
            }
            return found
        }
        var start = 0
        while found.count < Self.sample, let node = room.first(from: start, terrain.requests, pod) {
            if terrain.places.admits(pod, on: node) { found.append(node) }
            start = node + 1
        }
        return found
    }

    private func tightest(_ nodes: [Int], for pod: Int) -> Int? {
        nodes.min { (leftover($0, pod), $0) < (leftover($1, pod), $1) }
    }

    private func leftover(_ node: Int, _ pod: Int) -> Double {
        var sum = 0.0
        for column in 0..<free.width {
            sum += Double(free[node, column] - terrain.requests[pod, column]) * terrain.scale[column]
        }
        return sum
    }

    private func latest(_ nodes: [Int], for pod: Int, _ reach: Reach) -> Int? {
        let limit = ledger.limit(of: pod)
        let usable = reach.mayCrowd ? nodes : nodes.filter { !wouldCrowd($0, limit) }
        return usable.max { (lateness[$0], $0) < (lateness[$1], $1) }
    }

    private func wouldCrowd(_ node: Int, _ limit: Int?) -> Bool {
        guard let limit else { return false }
        let now = demand[node].first { $0.limit == limit }?.evictions ?? 0
        let coming = landed[node].count { ledger.limit(of: $0) == limit }
        return now + coming + 1 > ledger.limits[limit].allowed
    }

    /// Sends another pod of this wave elsewhere so that `pod` fits.
    private mutating func makeRoom(for pod: Int, _ reach: Reach, log: inout [Placement]) -> Bool {
        var tries = 0
        for node in terrain.places.nodes(for: pod) where phase[node] != .out {
            if reach.settledOnly && phase[node] != .settled { continue }
            if phase[node] == .waiting, !reach.mayCrowd, wouldCrowd(node, ledger.limit(of: pod)) { continue }
            for other in landed[node] {
                tries += 1
                if tries > 64 { return false }
                vacate(other)
                if free.covers(terrain.requests, pod, at: node) {
                    occupy(node, with: pod)
                    if let place = bestPlace(for: other, reach) {
                        occupy(place, with: other)
                        log.append(Placement(pod: other, before: node))
                        log.append(Placement(pod: pod, before: nil))
                        return true
                    }
                    vacate(pod)
                }
                occupy(node, with: other)
            }
        }
        return false
    }

    private func sortedBySize(_ pods: [Int]) -> [Int] {
        pods.sorted { (terrain.size[$1], $0) < (terrain.size[$0], $1) }
    }
}
