/// The tallies of the rules between pods while pods are moved about.
struct RelationCounts {
    private let relations: PodRelations
    private(set) var counts: [Int32]
    /// By tally: all that it means, wherever they stand; for pods that others need, those too that stand nowhere.
    private(set) var totals: [Int32]
    /// By place: how many nodes of the domain take part.
    private var present: [Int32]

    init(_ relations: PodRelations, _ standing: StandingPods, nodes: Int) {
        self.relations = relations
        counts = standing.counts
        totals = standing.totals
        present = Array(repeating: 0, count: relations.width)
        let spreads = Set(relations.kinds.lazy.flatMap { $0.spreads.map(\.tally) })
        for tally in spreads.sorted() {
            for node in 0..<nodes {
                let place = relations.place(tally, node)
                if place >= 0 { present[place] += 1 }
            }
        }
    }

    func kind(of pod: Int) -> PodRelations.Kind { relations.kinds[Int(relations.kindOf[pod])] }

    func isJudgedLate(_ pod: Int) -> Bool {
        relations.kindOf[pod] != 0 && relations.kinds[Int(relations.kindOf[pod])].isJudgedLate
    }

    func isOrdinary(_ pod: Int) -> Bool { relations.kindOf[pod] == 0 }

    /// A pod comes to stand on a node, or leaves it.
    mutating func stand(_ pod: Int, on node: Int, by change: Int32) {
        if relations.kindOf[pod] == 0 { return }
        add(relations.kinds[Int(relations.kindOf[pod])].adds, node, change)
        anchor(pod, on: node, by: change)
    }

    /// A pod waits for its own node, which is out: it is in nobody's way anew, and nobody finds it there.
    mutating func wait(_ pod: Int, on node: Int, by change: Int32) {
        if relations.kindOf[pod] == 0 { return }
        add(kind(of: pod).adds.filter { !relations.tallies[$0].leavesWithNode }, node, change)
    }

    /// A pod on its way out has ended.
    mutating func end(_ pod: Int, on node: Int) {
        if relations.kindOf[pod] == 0 { return }
        add(kind(of: pod).adds, node, -1)
    }

    mutating func anchor(_ pod: Int, on node: Int, by change: Int32) {
        if relations.kindOf[pod] == 0 { return }
        add(relations.kinds[Int(relations.kindOf[pod])].anchors, node, change)
    }

    private mutating func add(_ tallies: [Int], _ node: Int, _ change: Int32) {
        for tally in tallies {
            totals[tally] += change
            let place = relations.place(tally, node)
            if place >= 0 { counts[place] += change }
        }
    }

    /// Takes a node out of the tallies that do not count nodes which are out, or puts it back.
    mutating func hide(_ node: Int, remaining: [Int], by change: Int32) {
        for tally in relations.leaving {
            let place = relations.place(tally, node)
            if place < 0 { continue }
            present[place] += change
            for pod in remaining where kind(of: pod).adds.contains(tally) { counts[place] += change }
        }
    }

    func count(_ tally: Int, at node: Int) -> Int32 {
        let place = relations.place(tally, node)
        return place < 0 ? 0 : counts[place]
    }

    func has(_ tally: Int, _ node: Int) -> Bool { relations.place(tally, node) >= 0 }

    /// The emptiest domain's count; too few domains count as an empty one.
    func least(_ spread: PodRelations.Spread) -> Int32 {
        let tally = relations.tallies[spread.tally]
        var domains = 0
        var least = Int32.max
        for place in tally.offset..<(tally.offset + tally.width) where present[place] > 0 {
            domains += 1
            least = min(least, counts[place])
            if least == 0 { return 0 }
        }
        return domains < spread.minDomains || domains == 0 ? 0 : least
    }
}

/// Which rules between pods a trial leaves aside, to learn what stands in the way.
struct RelaxedRules: OptionSet {
    let rawValue: Int
    static let antiAffinity = RelaxedRules(rawValue: 1)
    static let ports = RelaxedRules(rawValue: 2)
    static let affinity = RelaxedRules(rawValue: 4)
    static let spread = RelaxedRules(rawValue: 8)
    static let together = RelaxedRules(rawValue: 16)
    static let room = RelaxedRules(rawValue: 32)
    static let rounds = RelaxedRules(rawValue: 64)
    /// Selectors, affinity to nodes, tolerations and volumes of pods that these let run on no other node.
    static let places = RelaxedRules(rawValue: 128)
    /// Marks what no rule here stands for.
    static let never = RelaxedRules(rawValue: 256)
}

/// Judges one pod against the tallies, for one node after another.
struct RelationCheck {
    private let kind: PodRelations.Kind
    private let relaxed: RelaxedRules
    /// The counts of the emptiest domains, by spread.
    private let least: [Int32]
    /// Nothing that the pod needs stands anywhere, and it may be the first.
    private let isFirst: Bool

    /// - Parameters:
    ///   - mayBeFirst: whether a pod may come before all that it needs.
    ///   - loose: spreads are left for the end of the wave.
    init(_ pod: Int, _ counts: RelationCounts, mayBeFirst: Bool, loose: Bool, relaxed: RelaxedRules) {
        kind = counts.kind(of: pod)
        self.relaxed = loose ? relaxed.union(.spread) : relaxed
        least = self.relaxed.contains(.spread) ? [] : kind.spreads.map { counts.least($0) }
        isFirst = mayBeFirst && counts.mayBeFirst(pod)
    }

    func allows(_ node: Int, _ counts: RelationCounts) -> Bool {
        if !relaxed.contains(.antiAffinity) {
            for tally in kind.avoids where counts.count(tally, at: node) > 0 { return false }
        }
        if !relaxed.contains(.ports) {
            for tally in kind.ports where counts.count(tally, at: node) > 0 { return false }
        }
        if !relaxed.contains(.together) {
            for tally in kind.together where counts.totals[tally] != counts.count(tally, at: node) { return false }
        }
        if !relaxed.contains(.affinity) {
            for tally in kind.needs {
                if !counts.has(tally, node) { return false }
                if !isFirst, counts.count(tally, at: node) == 0 { return false }
            }
        }
        return relaxed.contains(.spread) ? true : keepsEven(node, counts)
    }

    private func keepsEven(_ node: Int, _ counts: RelationCounts) -> Bool {
        for (spread, least) in zip(kind.spreads, least) {
            if !counts.has(spread.tally, node) { return false }
            let count = counts.count(spread.tally, at: node) + (spread.isSelf ? 1 : 0)
            if count - least > Int32(spread.maxSkew) { return false }
        }
        return true
    }
}
