import ClusterModel

/// Which pods attract or repel which others, by number.
struct Kinship: Sendable {
    /// A required anti-affinity term.
    struct Repulsion: Sendable {
        var term: PodAffinityTerm
        /// The unfinished pods that it selects, and those that have it.
        var selected: [Int] = []
        var holders: [Int] = []
    }

    /// All required affinity terms of a pod. The scheduler seeks pods that match all of them at once.
    struct Attraction: Sendable {
        var terms: [PodAffinityTerm]
        /// The unfinished pods that all of the terms select.
        var selected: [Int] = []
    }

    private(set) var repulsions: [Repulsion] = []
    private(set) var attractions: [Attraction] = []
    /// By pod: the repulsions that it has.
    private(set) var held: [Int: [Int]] = [:]
    /// By pod: the repulsions that select it.
    private(set) var suffered: [Int: Set<Int>] = [:]
    /// By pod: the attraction that it has.
    private(set) var attraction: [Int: Int] = [:]
    /// By pod: the attractions that select it.
    private(set) var attracting: [Int: Set<Int>] = [:]
    /// By topology key.
    private(set) var domains: [String: LabelDomains] = [:]
    private var questions: [PodAffinityTerm: Int] = [:]

    init(_ cluster: Cluster, _ selections: inout PodSelections) {
        var repulsionNumbers: [PodAffinityTerm: Int] = [:]
        var attractionNumbers: [[PodAffinityTerm]: Int] = [:]
        for index in cluster.pods.indices where !cluster.pods[index].isFinished {
            for term in cluster.pods[index].podAntiAffinity {
                let number = repulsionNumbers[term] ?? repulsions.count
                if number == repulsions.count {
                    repulsionNumbers[term] = number
                    repulsions.append(Repulsion(term: term))
                }
                if repulsions[number].holders.last == index { continue }
                repulsions[number].holders.append(index)
                held[index, default: []].append(number)
            }
            let terms = cluster.pods[index].podAffinity
            if terms.isEmpty { continue }
            let number = attractionNumbers[terms] ?? attractions.count
            if number == attractions.count {
                attractionNumbers[terms] = number
                attractions.append(Attraction(terms: terms))
            }
            attraction[index] = number
        }
        for term in repulsions.map(\.term) + attractions.flatMap(\.terms) {
            questions[term] = selections.ask(term)
            if domains[term.topologyKey] == nil {
                domains[term.topologyKey] = LabelDomains(term.topologyKey, of: cluster.nodes)
            }
        }
    }

    mutating func fill(from selections: PodSelections, cluster: Cluster) {
        for (number, repulsion) in repulsions.enumerated() {
            let selected = questions[repulsion.term].map { selections.pods[$0] } ?? []
            repulsions[number].selected = selected
            for pod in selected { suffered[pod, default: []].insert(number) }
        }
        for (number, attraction) in attractions.enumerated() {
            let answers = attraction.terms.map { term in questions[term].map { selections.pods[$0] } ?? [] }
            let smallest = answers.min { $0.count < $1.count } ?? []
            let selected = smallest.filter { pod in
                attraction.terms.allSatisfy { $0.selects(cluster.pods[pod], namespaces: cluster.namespaces) }
            }
            attractions[number].selected = selected
            for pod in selected { attracting[pod, default: []].insert(number) }
        }
    }

    /// The domain that a node stands in for a term; nil where it lacks the label.
    func domain(of node: Int, for term: PodAffinityTerm) -> Int? { domains[term.topologyKey]?.ofNode[node] }
}

extension Kinship {
    /// How many pods stand in each domain, kept up to date while pods move.
    struct Crowd: Sendable {
        /// By repulsion and domain: pods that it selects, and pods that have it.
        private(set) var selected: [[Int: Int]]
        private(set) var holders: [[Int: Int]]

        init(_ kinship: Kinship) {
            selected = Array(repeating: [:], count: kinship.repulsions.count)
            holders = selected
        }

        mutating func add(_ count: Int, _ pod: Int, on node: Int, of kinship: Kinship) {
            if selected.isEmpty { return }
            for number in kinship.suffered[pod, default: []] {
                guard let domain = kinship.domain(of: node, for: kinship.repulsions[number].term) else { continue }
                selected[number][domain, default: 0] += count
            }
            for number in kinship.held[pod, default: []] {
                guard let domain = kinship.domain(of: node, for: kinship.repulsions[number].term) else { continue }
                holders[number][domain, default: 0] += count
            }
        }
    }
}
