import ClusterModel

/// Rules between pods, as counts of pods by topology domain; pods with equal rules share a kind.
///
/// A tally counts some pods by domain. A pod may stand where all tallies that it forbids are zero, those that it needs are
/// not, and those that it spreads over stay even; while it stands somewhere it adds to the tallies that mean it.
struct PodRelations: Sendable {
    struct Tally: Sendable {
        var domains: Int
        /// Where its counts begin in the row of all counts.
        var offset: Int
        /// How many counts there are: one for each domain.
        var width: Int
        /// Only nodes of this set count; -1 means all.
        var eligible: Int
        /// A node that is out does not count, whatever stands there.
        var leavesWithNode: Bool
    }

    struct Spread: Hashable, Sendable {
        var tally: Int
        var maxSkew: Int
        var minDomains: Int
        /// The pod counts itself.
        var isSelf: Bool
    }

    /// What pods with the same rules have in common.
    struct Kind: Hashable, Sendable {
        /// Tallies that a standing pod adds to.
        var adds: [Int] = []
        /// The same for tallies that others need.
        var anchors: [Int] = []
        /// Tallies of pods that must not be in the domain.
        var avoids: [Int] = []
        /// Tallies of pods that bind a port of the node which is wanted.
        var ports: [Int] = []
        /// Tallies of pods of which one must be in the domain.
        var needs: [Int] = []
        /// It is selected by all that it needs.
        var groundsItself = false
        var spreads: [Spread] = []
        /// Tallies of pods that must all be on one node.
        var together: [Int] = []

        /// Rules that depend on the whole wave, and are judged at its end.
        var isJudgedLate: Bool { !needs.isEmpty || !spreads.isEmpty }
    }

    /// By pod; 0 is a pod without such rules.
    let kindOf: [Int32]
    let kinds: [Kind]
    let tallies: [Tally]
    /// By set of domains and node: the domain, or -1.
    private let domainOf: [Int32]
    /// By set of nodes and node.
    private let isEligible: [Bool]
    private let nodes: Int
    /// How many counts there are in all.
    let width: Int
    /// Tallies from which nodes that are out are taken.
    let leaving: [Int]

    init(
        kindOf: [Int32],
        kinds: [Kind],
        tallies: [Tally],
        domains: [TopologyDomains],
        nodeSets: [[Bool]],
        nodes: Int
    ) {
        self.kindOf = kindOf
        self.kinds = kinds
        self.tallies = tallies
        domainOf = domains.flatMap(\.ofNode)
        isEligible = nodeSets.flatMap { $0 }
        self.nodes = nodes
        width = tallies.last.map { $0.offset + $0.width } ?? 0
        leaving = tallies.indices.filter { tallies[$0].leavesWithNode }
    }

    /// No pod has rules about others.
    var isTrivial: Bool { kinds.count == 1 }

    /// The place of a node's count in the row of all counts; -1 where the node does not take part.
    func place(_ tally: Int, _ node: Int) -> Int {
        let entry = tallies[tally]
        let domain = Int(domainOf[entry.domains * nodes + node])
        if domain < 0 { return -1 }
        if entry.eligible >= 0, !isEligible[entry.eligible * nodes + node] { return -1 }
        return entry.offset + domain
    }
}
