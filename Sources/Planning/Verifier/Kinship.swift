import ClusterModel

/// Which pods attract or repel which others, by number.
struct Kinship: Sendable {
    /// A required anti-affinity term.
    struct Repulsion: Sendable {
        var term: PodAffinityTerm
        var domains: LabelDomains
        fileprivate var question: Int
        /// The unfinished pods that it selects, and those that have it.
        fileprivate(set) var selected: [Int] = []
        fileprivate(set) var holders: [Int] = []
    }

    /// All required affinity terms of a pod. The scheduler seeks pods that match all of them at once.
    struct Attraction: Sendable {
        var terms: [PodAffinityTerm]
        /// By term.
        var domains: [LabelDomains]
        fileprivate var questions: [Int]
        /// The unfinished pods that all of the terms select.
        fileprivate(set) var selected: [Int] = []
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

    init(_ cluster: Cluster, _ selections: inout PodSelections) {
        var repulsionNumbers: [PodAffinityTerm: Int] = [:]
        var attractionNumbers: [[PodAffinityTerm]: Int] = [:]
        for index in cluster.pods.indices where !cluster.pods[index].isFinished {
            for term in cluster.pods[index].podAntiAffinity {
                let number = repulsionNumbers[term] ?? repulsions.count
                if number == repulsions.count {
                    repulsionNumbers[term] = number
                    let domains = selections.domains(term.topologyKey, of: cluster.nodes)
                    repulsions.append(Repulsion(term: term, domains: domains, question: selections.ask(term)))
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
                let domains = terms.map { selections.domains($0.topologyKey, of: cluster.nodes) }
                attractions.append(
                    Attraction(terms: terms, domains: domains, questions: terms.map { selections.ask($0) })
                )
            }
            attraction[index] = number
        }
    }

    /// Takes the answers over, once the selections are filled.
    mutating func fill(from selections: PodSelections, cluster: Cluster) {
        for number in repulsions.indices {
            repulsions[number].selected = selections.pods[repulsions[number].question]
            for pod in repulsions[number].selected { suffered[pod, default: []].insert(number) }
        }
        for (number, attraction) in attractions.enumerated() {
            let smallest = attraction.questions.map { selections.pods[$0] }.min { $0.count < $1.count } ?? []
            let selected =
                attraction.terms.count == 1
                ? smallest
                : smallest.filter { pod in
                    attraction.terms.allSatisfy { $0.selects(cluster.pods[pod], namespaces: cluster.namespaces) }
                }
            attractions[number].selected = selected
            for pod in selected { attracting[pod, default: []].insert(number) }
        }
    }
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
                guard let domain = kinship.repulsions[number].domains.ofNode[node] else { continue }
                selected[number][domain, default: 0] += count
            }
            for number in kinship.held[pod, default: []] {
                guard let domain = kinship.repulsions[number].domains.ofNode[node] else { continue }
                holders[number][domain, default: 0] += count
            }
        }
    }
}
