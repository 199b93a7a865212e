import ClusterModel

/// The topology spreads of the pods, each kind once.
struct Spreading: Sendable {
    /// A spread constraint with all that decides which nodes count for it.
    struct Rule: Hashable, Sendable {
        var spread: TopologySpread
        var namespace: String
        /// The topology keys of all constraints of the pod: a node counts only if it has them all.
        var keys: [String]
        /// Empty where the constraint ignores them.
        var nodeSelector: Labels
        var nodeAffinity: [NodeSelectorTerm]
        /// Nil where the constraint ignores taints.
        var tolerations: [Toleration]?

        init(_ spread: TopologySpread, of pod: Pod) {
            self.spread = spread
            namespace = pod.id.namespace
            keys = pod.topologySpread.map(\.topologyKey)
            let honorsAffinity = spread.nodeAffinityPolicy == .honor
            nodeSelector = honorsAffinity ? pod.nodeSelector : [:]
            nodeAffinity = honorsAffinity ? pod.nodeAffinity : []
            tolerations = spread.nodeTaintsPolicy == .honor ? pod.tolerations : nil
        }
    }

    private(set) var rules: [Rule] = []
    /// By pod: the rules of its constraints.
    private(set) var ofPod: [Int: [Int]] = [:]
    /// By rule: the unfinished pods that it counts.
    private(set) var selected: [[Int]] = []
    /// By rule.
    private var questions: [Int] = []

    init(_ cluster: Cluster, _ selections: inout PodSelections) {
        var numbers: [Rule: Int] = [:]
        for index in cluster.pods.indices where !cluster.pods[index].topologySpread.isEmpty {
            let pod = cluster.pods[index]
            if pod.isFinished { continue }
            for spread in pod.topologySpread {
                let rule = Rule(spread, of: pod)
                let number = numbers[rule] ?? rules.count
                if number == rules.count {
                    numbers[rule] = number
                    rules.append(rule)
                    let term = PodAffinityTerm(selector: spread.selector, namespaces: [rule.namespace], topologyKey: "")
                    questions.append(selections.ask(term))
                }
                ofPod[index, default: []].append(number)
            }
        }
    }

    mutating func fill(from selections: PodSelections) { selected = questions.map { selections.pods[$0] } }
}

extension Spreading {
    /// The nodes that count for a rule, and their domains.
    struct Field: Sendable {
        /// By node; nil where the node does not count.
        private(set) var domain: [Int?]
        /// By domain: how many nodes count.
        private(set) var sizes: [Int: Int] = [:]
        /// Whether a cordon takes a node out of the field.
        let mindsCordon: Bool

        /// A cordoned node has a taint by which taints are honored; pods that tolerate it do not mind.
        init(_ rule: Rule, nodes: [Node]) {
            let cordon = Taint(key: Taint.unschedulableKey, effect: .noSchedule)
            mindsCordon = rule.tolerations.map { !$0.contains { $0.tolerates(cordon) } } ?? false
            let selector = Pod(
                id: PodID(namespace: "", name: ""),
                nodeSelector: rule.nodeSelector,
                nodeAffinity: rule.nodeAffinity,
                tolerations: rule.tolerations ?? []
            )
            domain = LabelDomains(rule.spread.topologyKey, of: nodes).ofNode
            for (index, node) in nodes.enumerated() {
                let isShut = mindsCordon && node.unschedulable
                let repels = rule.tolerations != nil && selector.repellingTaint(of: node) != nil
                let lacksKey = rule.keys.contains { node.labels[$0] == nil }
                if isShut || repels || lacksKey || !selector.selectsByLabels(node) || !selector.selectsByAffinity(node)
                {
                    domain[index] = nil
                }
                if let number = domain[index] { sizes[number, default: 0] += 1 }
            }
        }
    }
}
