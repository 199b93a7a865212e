import ClusterModel

/// The topology spreads of the pods, each kind once.
struct Spreading: Sendable {
    /// What decides which nodes count for a constraint.
    struct Ground: Hashable, Sendable {
        var topologyKey: String
        /// The topology keys of all constraints of the pod: a node counts only if it has them all.
        var keys: [String]
        /// Empty where the constraint ignores them.
        var nodeSelector: Labels
        var nodeAffinity: [NodeSelectorTerm]
        /// Nil where the constraint ignores taints.
        var tolerations: [Toleration]?

        init(_ spread: TopologySpread, of pod: Pod) {
            topologyKey = spread.topologyKey
            keys = pod.topologySpread.map(\.topologyKey)
            let honorsAffinity = spread.nodeAffinityPolicy == .honor
            nodeSelector = honorsAffinity ? pod.nodeSelector : [:]
            nodeAffinity = honorsAffinity ? pod.nodeAffinity : []
            tolerations = spread.nodeTaintsPolicy == .honor ? pod.tolerations : nil
        }
    }

    struct Rule: Hashable, Sendable {
        var spread: TopologySpread
        var namespace: String
        var ground: Int
    }

    private(set) var grounds: [Ground] = []
    private(set) var rules: [Rule] = []
    /// By pod: the rules of its constraints.
    private(set) var ofPod: [Int: [Int]] = [:]
    /// By rule: the unfinished pods that it counts.
    private(set) var selected: [[Int]] = []
    /// By rule.
    private var questions: [Int] = []
    /// By topology key.
    private(set) var domains: [String: LabelDomains] = [:]

    init(_ cluster: Cluster, _ selections: inout PodSelections) {
        var groundNumbers: [Ground: Int] = [:]
        var ruleNumbers: [Rule: Int] = [:]
        for index in cluster.pods.indices where !cluster.pods[index].topologySpread.isEmpty {
            let pod = cluster.pods[index]
            if pod.isFinished { continue }
            for spread in pod.topologySpread {
                let ground = Ground(spread, of: pod)
                let place = groundNumbers[ground] ?? grounds.count
                if place == grounds.count {
                    groundNumbers[ground] = place
                    grounds.append(ground)
                    domains[ground.topologyKey] = selections.domains(ground.topologyKey, of: cluster.nodes)
                }
                let rule = Rule(spread: spread, namespace: pod.id.namespace, ground: place)
                let number = ruleNumbers[rule] ?? rules.count
                if number == rules.count {
                    ruleNumbers[rule] = number
                    rules.append(rule)
                    let term = PodAffinityTerm(selector: spread.selector, namespaces: [rule.namespace], topologyKey: "")
                    questions.append(selections.ask(term))
                }
                ofPod[index, default: []].append(number)
            }
        }
    }

    /// Takes the answers over, once the selections are filled.
    mutating func fill(from selections: PodSelections) { selected = questions.map { selections.pods[$0] } }
}

extension Spreading {
    /// The nodes that count on a ground, and their domains.
    struct Field: Sendable {
        /// By node; nil where the node does not count.
        private(set) var domain: [Int?]
        /// By domain: how many nodes count.
        private(set) var sizes: [Int: Int] = [:]
        /// Whether a cordon takes a node out of the field.
        let mindsCordon: Bool

        /// A cordoned node has a taint by which taints are honored; pods that tolerate it do not mind.
        init(_ ground: Ground, nodes: [Node], domains: [String: LabelDomains]) {
            let cordon = Taint(key: Taint.unschedulableKey, effect: .noSchedule)
            let mindsCordon = ground.tolerations.map { !$0.contains { $0.tolerates(cordon) } } ?? false
            self.mindsCordon = mindsCordon
            let pod = Pod(
                id: PodID(namespace: "", name: ""),
                nodeSelector: ground.nodeSelector,
                nodeAffinity: ground.nodeAffinity,
                tolerations: ground.tolerations ?? []
            )
            domain = domains[ground.topologyKey]?.ofNode ?? []
            let others = Set(ground.keys).subtracting([ground.topologyKey]).compactMap { domains[$0] }
            for index in nodes.indices {
                func counts(_ node: Node) -> Bool {
                    if mindsCordon && node.unschedulable { return false }
                    if ground.tolerations != nil && pod.repellingTaint(of: node) != nil { return false }
                    return pod.selectsByLabels(node) && pod.selectsByAffinity(node)
                }
                if others.contains(where: { $0.ofNode[index] == nil }) || !counts(nodes[index]) { domain[index] = nil }
                if let number = domain[index] { sizes[number, default: 0] += 1 }
            }
        }
    }
}
