extension WaveState {
    /// How a pod's new place is to be found.
    struct Reach {
        /// Only where it need not move again.
        var settledOnly = false
        /// Also where the pod costs its new node a further round later.
        var mayCrowd = false
        /// Some chance in the order of pods and the choice of places; 0 is none.
        var noise = 0.0
        var seed: UInt64 = 0
    }

    /// What to undo: where a pod of the wave was, or -1.
    struct Placement {
        var pod: Int
        var before: Int
    }

    /// How many candidate places are looked at for each pod in a big cluster.
    private static let sample = 32

    /// Finds places for all of `pods`, big ones first, and moves others of the wave aside where that helps.
    ///
    /// - Returns: the pod that found none, if any; then the state has to be rolled back.
    mutating func place(_ pods: [Int], _ reach: Reach, log: inout [Placement]) -> Int? {
        var remaining = sortedBySize(pods, reach)
        while true {
            var deferred: [Int] = []
            for pod in remaining where !settle(pod, reach, &log) {
                // What it needs beside it may find its place later.
                if relations.kind(of: pod).needs.isEmpty { return pod }
                deferred.append(pod)
            }
            guard let first = deferred.first else { return nil }
            if deferred.count == remaining.count { return first }
            remaining = deferred
        }
    }

    private mutating func settle(_ pod: Int, _ reach: Reach, _ log: inout [Placement]) -> Bool {
        if let node = bestPlace(for: pod, reach) {
            log.append(Placement(pod: pod, before: -1))
            occupy(node, with: pod)
            return true
        }
        if makeRoom(for: pod, reach, log: &log) { return true }
        guard terrain.fate[pod] == .mayWait, phase[at[pod]] == .out else { return false }
        log.append(Placement(pod: pod, before: -1))
        occupy(at[pod], with: pod)
        return true
    }

    mutating func rollBack(_ log: inout [Placement], to mark: Int) {
        while log.count > mark, let entry = log.popLast() { undo(entry) }
    }

    /// - Parameter after: what to do between taking pods from their new places and bringing them back.
    mutating func rollBack(_ log: [Placement], after: (inout WaveState) -> Void) {
        for entry in log.reversed() where target[entry.pod] >= 0 { vacate(entry.pod) }
        after(&self)
        for entry in log where entry.before >= 0 && target[entry.pod] < 0 { occupy(entry.before, with: entry.pod) }
    }

    private mutating func undo(_ entry: Placement) {
        vacate(entry.pod)
        if entry.before >= 0 { occupy(entry.before, with: entry.pod) }
    }

    /// The best place that has room: settled nodes by tightest fit, else the one that leaves last.
    func bestPlace(for pod: Int, _ reach: Reach) -> Int? {
        guard relations.isOrdinary(pod) else { return bestRelatedPlace(for: pod, reach) }
        return bestPlace(for: pod, reach, nil)
    }

    /// First where the pod keeps its spread even as things stand; then wherever the whole wave may turn out even.
    private func bestRelatedPlace(for pod: Int, _ reach: Reach) -> Int? {
        let mayBeFirst = wave.rounds == 1
        let strict = RelationCheck(pod, relations, mayBeFirst: mayBeFirst, loose: false, relaxed: relaxed)
        if let node = bestPlace(for: pod, reach, strict) { return node }
        if relations.kind(of: pod).spreads.isEmpty || phase.count > 64 { return nil }
        let loose = RelationCheck(pod, relations, mayBeFirst: mayBeFirst, loose: true, relaxed: relaxed)
        return bestPlace(for: pod, reach, loose)
    }

    private func bestPlace(for pod: Int, _ reach: Reach, _ check: RelationCheck?) -> Int? {
        if let node = tightest(candidates(for: pod, in: settledRoom, .settled, check), for: pod, reach) { return node }
        if reach.settledOnly { return nil }
        return latest(candidates(for: pod, in: waitingRoom, .waiting, check), for: pod, reach)
    }

    private func candidates(for pod: Int, in room: RoomIndex, _ wanted: Phase, _ check: RelationCheck?) -> [Int] {
        let allowed = relaxed.contains(.places) ? anyPlaces(for: pod) : terrain.places.nodes(for: pod)
        var found: [Int] = []
        if !room.isUsed || !relaxed.isEmpty || allowed.count * 8 < phase.count {
            for node in allowed where phase[node] == wanted && hasRoom(node, for: pod) {
                if let check, !check.allows(node, relations) { continue }
                found.append(node)
                if found.count == Self.sample { break }
            }
            return found
        }
        var start = 0
        while found.count < Self.sample, let node = room.first(from: start, terrain.requests, pod) {
            start = node + 1
            if !terrain.places.admits(pod, on: node) { continue }
            if let check, !check.allows(node, relations) { continue }
            found.append(node)
        }
        return found
    }

    /// Every open node for a pod that may run nowhere but where it is.
    private func anyPlaces(for pod: Int) -> [Int] {
        let allowed = terrain.places.nodes(for: pod)
        let isPinned = allowed.allSatisfy { $0 == at[pod] }
        return isPinned ? terrain.isOpen.indices.filter { terrain.isOpen[$0] } : allowed
    }

    private func hasRoom(_ node: Int, for pod: Int) -> Bool {
        relaxed.contains(.room) || free.covers(terrain.requests, pod, at: node)
    }

    private func tightest(_ nodes: [Int], for pod: Int, _ reach: Reach) -> Int? {
        var best: (node: Int, waste: Double)?
        for node in nodes {
            var waste = 0.0
            for column in 0..<free.width {
                waste += Double(free[node, column] - terrain.requests[pod, column]) * terrain.scale[column]
            }
            if reach.noise > 0 { waste *= 1 + reach.noise * chance(pod, node, reach.seed) }
            if best == nil || waste < best?.waste ?? 0 { best = (node, waste) }
        }
        return best?.node
    }

    private func latest(_ nodes: [Int], for pod: Int, _ reach: Reach) -> Int? {
        var best: Int?
        for node in nodes {
            if let best, (lateness[node], node) <= (lateness[best], best) { continue }
            if !reach.mayCrowd, wouldCrowd(node, with: pod) { continue }
            best = node
        }
        return best
    }

    private func wouldCrowd(_ node: Int, with pod: Int) -> Bool {
        var crowds = false
        ledger.forEachLimit(of: pod) { limit in
            var evictions = 1
            for need in demand[node] where need.limit == limit { evictions += need.evictions }
            for other in landed[node] { ledger.forEachLimit(of: other) { if $0 == limit { evictions += 1 } } }
            if evictions > ledger.allowed[limit] { crowds = true }
        }
        return crowds
    }

    /// Sends another pod of this wave elsewhere so that `pod` fits.
    private mutating func makeRoom(for pod: Int, _ reach: Reach, log: inout [Placement]) -> Bool {
        var tries = 0
        for node in terrain.places.nodes(for: pod) where phase[node] == .settled || phase[node] == .waiting {
            if landed[node].isEmpty || reach.settledOnly && phase[node] != .settled { continue }
            if phase[node] == .waiting, !reach.mayCrowd, wouldCrowd(node, with: pod) { continue }
            for other in landed[node] {
                tries += 1
                if tries > 64 { return false }
                if swap(pod, for: other, on: node, reach, &log) { return true }
            }
        }
        return false
    }

    private mutating func swap(
        _ pod: Int,
        for other: Int,
        on node: Int,
        _ reach: Reach,
        _ log: inout [Placement]
    ) -> Bool {
        vacate(other)
        if hasRoom(node, for: pod), isAllowed(pod, on: node) {
            occupy(node, with: pod)
            if let place = bestPlace(for: other, reach) {
                occupy(place, with: other)
                log.append(Placement(pod: other, before: node))
                log.append(Placement(pod: pod, before: -1))
                return true
            }
            vacate(pod)
        }
        occupy(node, with: other)
        return false
    }

    func isAllowed(_ pod: Int, on node: Int) -> Bool {
        if relations.isOrdinary(pod) { return true }
        let check = RelationCheck(pod, relations, mayBeFirst: wave.rounds == 1, loose: true, relaxed: relaxed)
        return check.allows(node, relations)
    }

    private func sortedBySize(_ pods: [Int], _ reach: Reach) -> [Int] {
        if reach.noise == 0 { return pods.sorted { (terrain.size[$1], $0) < (terrain.size[$0], $1) } }
        let keyed = pods.map { (pod: $0, size: terrain.size[$0] * (1 + reach.noise * chance($0, -1, reach.seed))) }
        return keyed.sorted { ($1.size, $0.pod) < ($0.size, $1.pod) }.map(\.pod)
    }

    /// From -1 up to 1, the same for the same arguments.
    private func chance(_ pod: Int, _ node: Int, _ seed: UInt64) -> Double {
        var generator = SeededGenerator(
            seed: seed ^ UInt64(pod + 1) &* 0x9E37_79B9 ^ UInt64(node + 2) &* 0x85EB_CA6B_C2B2
        )
        return 2 * generator.fraction() - 1
    }
}
