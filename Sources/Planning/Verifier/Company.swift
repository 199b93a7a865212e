import ClusterModel

/// The fellows that stand in each domain, for pods of one wave that must not be alone.
struct Company {
    private let kinship: Kinship
    private let attractions: Set<Int>
    /// By attraction, for each of its terms: how many fellows stand in each domain.
    private var fellowsIn: [Int: [[Int: Int]]] = [:]
    /// Attractions whose fellows stand somewhere, were it only on their way out.
    private var occupied: Set<Int> = []

    init(of arrivals: [(pod: Int, node: Int)], _ kinship: Kinship) {
        self.kinship = kinship
        attractions = Set(arrivals.compactMap { kinship.attraction[$0.pod] })
        for number in attractions {
            fellowsIn[number] = Array(repeating: [:], count: kinship.attractions[number].terms.count)
        }
    }

    /// Everybody whom the wave's pods may seek.
    var fellows: Set<Int> { attractions.reduce(into: []) { $0.formUnion(kinship.attractions[$1].selected) } }

    mutating func add(_ fellow: Int, on node: Int) {
        for number in kinship.attracting[fellow, default: []].intersection(attractions) {
            for place in kinship.attractions[number].domains.indices {
                guard let domain = kinship.attractions[number].domains[place].ofNode[node] else { continue }
                fellowsIn[number]?[place][domain, default: 0] += 1
                occupied.insert(number)
            }
        }
    }

    /// Notes a fellow that nobody can rely on.
    mutating func occupy(_ fellow: Int, on node: Int) {
        for number in kinship.attracting[fellow, default: []].intersection(attractions) {
            let domains = kinship.attractions[number].domains
            if domains.contains(where: { $0.ofNode[node] != nil }) { occupied.insert(number) }
        }
    }

    func welcomes(_ arrival: (pod: Int, node: Int)) -> Bool { unmetTerm(of: arrival) == nil }

    /// The first term that finds no fellow in its domain.
    func unmetTerm(of arrival: (pod: Int, node: Int)) -> (term: PodAffinityTerm, domains: LabelDomains)? {
        guard let number = kinship.attraction[arrival.pod], let counts = fellowsIn[number] else { return nil }
        let unmet = counts.indices.first { place in
            let domain = kinship.attractions[number].domains[place].ofNode[arrival.node]
            return domain.map { counts[place][$0, default: 0] == 0 } ?? true
        }
        return unmet.map { (kinship.attractions[number].terms[$0], kinship.attractions[number].domains[$0]) }
    }

    /// Whose turn it is: a pod that finds its fellows or needs none, else one that may be the first of its kind.
    ///
    /// One whose coming takes the right to be the first from nobody else goes before others. Where each would take it
    /// from another one is taken as they come, so that a wave may be refused there which a luckier order would save.
    func next(of arrivals: [(pod: Int, node: Int)], mayBeFirst: Bool) -> Int? {
        if !mayBeFirst || occupied == attractions { return arrivals.firstIndex(where: welcomes) }
        let ready = arrivals.indices.filter { welcomes(arrivals[$0]) }
        let firsts = arrivals.indices.filter { self.mayBeFirst(arrivals[$0]) && !welcomes(arrivals[$0]) }
        func isHarmless(_ index: Int) -> Bool {
            let touched = kinship.attracting[arrivals[index].pod, default: []]
            return firsts.allSatisfy { first in
                guard first != index, let number = kinship.attraction[arrivals[first].pod] else { return true }
                return !touched.contains(number) || shareDomains(arrivals[index], arrivals[first], number)
            }
        }
        return ready.first(where: isHarmless) ?? firsts.first(where: isHarmless) ?? ready.first ?? firsts.first
    }

    /// A pod may come though no fellow stands anywhere if it matches its own terms and its node has all the labels.
    private func mayBeFirst(_ arrival: (pod: Int, node: Int)) -> Bool {
        guard let number = kinship.attraction[arrival.pod], !occupied.contains(number) else { return false }
        guard kinship.attracting[arrival.pod, default: []].contains(number) else { return false }
        return kinship.attractions[number].domains.allSatisfy { $0.ofNode[arrival.node] != nil }
    }

    private func shareDomains(_ one: (pod: Int, node: Int), _ other: (pod: Int, node: Int), _ number: Int) -> Bool {
        kinship.attractions[number].domains.allSatisfy { $0.ofNode[one.node] == $0.ofNode[other.node] }
    }
}
