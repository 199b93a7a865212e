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

    /// A pod that may come though no fellow stands anywhere: it matches its own terms, and its node has all the labels.
    ///
    /// One whose coming takes that right from nobody else is preferred.
    func first(of arrivals: [(pod: Int, node: Int)]) -> Int? {
        let candidates = arrivals.indices.filter { mayBeFirst(arrivals[$0]) }
        let harmless = candidates.first { candidate in
            let touched = kinship.attracting[arrivals[candidate].pod, default: []]
            return candidates.allSatisfy { other in
                guard other != candidate, let number = kinship.attraction[arrivals[other].pod] else { return true }
                return !touched.contains(number) || shareDomains(arrivals[candidate], arrivals[other], number)
            }
        }
        return harmless ?? candidates.first
    }

    private func mayBeFirst(_ arrival: (pod: Int, node: Int)) -> Bool {
        guard let number = kinship.attraction[arrival.pod], !occupied.contains(number) else { return false }
        guard kinship.attracting[arrival.pod, default: []].contains(number) else { return false }
        return kinship.attractions[number].domains.allSatisfy { $0.ofNode[arrival.node] != nil }
    }

    private func shareDomains(_ one: (pod: Int, node: Int), _ other: (pod: Int, node: Int), _ number: Int) -> Bool {
        kinship.attractions[number].domains.allSatisfy { $0.ofNode[one.node] == $0.ofNode[other.node] }
    }
}
