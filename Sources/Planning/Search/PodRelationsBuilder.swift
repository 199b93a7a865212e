import ClusterModel

/// Reads the rules between pods out of a cluster.
struct PodRelationsBuilder {
    private let cluster: Cluster
    /// By pod: the place of its kind in `kinds`, or -1.
    private var slots: [Int]
    private var kinds: [PodRelations.Kind] = []
    private var tallies: [PodRelations.Tally] = []
    private var domains: [TopologyDomains] = []
    private var domainNumbers: [String: Int] = [:]
    private var nodeSets: [[Bool]] = []
    private var setNumbers: [EligibleNodes: Int] = [:]
    private var width = 0

    /// The number of the domains in which every node stands alone.
    private static let byNode = 0

    private init(_ cluster: Cluster) {
        self.cluster = cluster
        slots = Array(repeating: -1, count: cluster.pods.count)
        domains = [TopologyDomains(nodes: cluster.nodes.count)]
    }

    static func relations(of cluster: Cluster) -> PodRelations {
        var builder = PodRelationsBuilder(cluster)
        var selectors: Set<LabelSelector> = []
        for pod in cluster.pods where !pod.isFinished {
            for term in pod.podAffinity { if let selector = term.selector { selectors.insert(selector) } }
            for term in pod.podAntiAffinity { if let selector = term.selector { selectors.insert(selector) } }
            for spread in pod.topologySpread { if let selector = spread.selector { selectors.insert(selector) } }
        }
        let index = PodSelectorIndex(cluster.pods, for: Array(selectors))
        builder.addAntiAffinity(index)
        builder.addAffinity(index)
        builder.addSpread(index)
        builder.addPorts()
        builder.addSharedClaims()
        return builder.finish()
    }

    private func finish() -> PodRelations {
        var numbers: [PodRelations.Kind: Int32] = [PodRelations.Kind(): 0]
        var distinct = [PodRelations.Kind()]
        var kindOf = Array(repeating: Int32(0), count: cluster.pods.count)
        for (pod, slot) in slots.enumerated() where slot >= 0 {
            let kind = kinds[slot]
            if let known = numbers[kind] {
                kindOf[pod] = known
            } else {
                numbers[kind] = Int32(distinct.count)
                kindOf[pod] = Int32(distinct.count)
                distinct.append(kind)
            }
        }
        return PodRelations(
            kindOf: kindOf,
            kinds: distinct,
            tallies: tallies,
            domains: domains,
            nodeSets: nodeSets,
            nodes: cluster.nodes.count
        )
    }

    private mutating func tally(over domains: Int, eligible: Int = -1, leavesWithNode: Bool = false) -> Int {
        let count = self.domains[domains].count
        tallies.append(
            PodRelations.Tally(
                domains: domains,
                offset: width,
                width: count,
                eligible: eligible,
                leavesWithNode: leavesWithNode
            )
        )
        width += count
        return tallies.count - 1
    }

    private mutating func domains(of key: String) -> Int {
        if let known = domainNumbers[key] { return known }
        domains.append(TopologyDomains(key: key, nodes: cluster.nodes))
        domainNumbers[key] = domains.count - 1
        return domains.count - 1
    }

    private mutating func change(_ pod: Int, _ change: (inout PodRelations.Kind) -> Void) {
        if slots[pod] < 0 {
            slots[pod] = kinds.count
            kinds.append(PodRelations.Kind())
        }
        change(&kinds[slots[pod]])
    }

    /// The unfinished pods by the terms they carry, in the order of the first pod of each.
    private func carriers(_ terms: (Pod) -> [PodAffinityTerm]) -> [(term: PodAffinityTerm, pods: [Int])] {
        var numbers: [PodAffinityTerm: Int] = [:]
        var result: [(term: PodAffinityTerm, pods: [Int])] = []
        for (index, pod) in cluster.pods.enumerated() where !pod.isFinished {
            for term in terms(pod) {
                if let number = numbers[term] {
                    if result[number].pods.last != index { result[number].pods.append(index) }
                } else {
                    numbers[term] = result.count
                    result.append((term, [index]))
                }
            }
        }
        return result
    }

    private func selected(by term: PodAffinityTerm, _ index: PodSelectorIndex) -> [Int] {
        guard let selector = term.selector else { return [] }
        return index.pods(matching: selector) { pod in
            term.namespaces.contains(pod.id.namespace)
                || term.namespaceSelector?.matches(cluster.namespaces[pod.id.namespace, default: [:]]) ?? false
        }
    }

    /// Neither may a carrier stand beside what its term selects, nor that beside the carrier.
    private mutating func addAntiAffinity(_ index: PodSelectorIndex) {
        for (term, carriers) in carriers(\.podAntiAffinity) {
            let selected = selected(by: term, index)
            let domains = domains(of: term.topologyKey)
            let targets = tally(over: domains)
            let holders = selected == carriers ? targets : tally(over: domains)
            for pod in selected {
                change(pod) { kind in
                    kind.adds.append(targets)
                    kind.avoids.append(holders)
                }
            }
            if selected == carriers { continue }
            for pod in carriers {
                change(pod) { kind in
                    kind.adds.append(holders)
                    kind.avoids.append(targets)
                }
            }
        }
    }

    private mutating func addAffinity(_ index: PodSelectorIndex) {
        let carriers = carriers(\.podAffinity)
        var missesItself: Set<Int> = []
        for (term, pods) in carriers {
            let selected = selected(by: term, index)
            let anchors = tally(over: domains(of: term.topologyKey))
            for pod in selected { change(pod) { $0.anchors.append(anchors) } }
            for pod in pods { change(pod) { $0.needs.append(anchors) } }
            missesItself.formUnion(Set(pods).subtracting(selected))
        }
        for pod in Set(carriers.flatMap(\.pods)) {
            change(pod) { $0.groundsItself = !missesItself.contains(pod) }
        }
    }
}

/// The nodes that a spread constraint counts.
private struct EligibleNodes: Hashable {
    var keys: [String]
    var nodeSelector: Labels
    var nodeAffinity: [NodeSelectorTerm]
    /// Nil where taints are ignored.
    var tolerations: [Toleration]?

    init(_ spread: TopologySpread, of pod: Pod) {
        keys = Set(pod.topologySpread.map(\.topologyKey)).sorted()
        nodeSelector = spread.nodeAffinityPolicy == .honor ? pod.nodeSelector : [:]
        nodeAffinity = spread.nodeAffinityPolicy == .honor ? pod.nodeAffinity : []
        tolerations = spread.nodeTaintsPolicy == .honor ? pod.tolerations : nil
    }

    func contains(_ node: Node) -> Bool {
        if keys.contains(where: { node.labels[$0] == nil }) { return false }
        if nodeSelector.contains(where: { node.labels[$0.key] != $0.value }) { return false }
        if !nodeAffinity.isEmpty, !nodeAffinity.contains(where: { $0.matches(node) }) { return false }
        guard let tolerations else { return true }
        return !node.unschedulable
            && node.taints.allSatisfy { taint in
                taint.effect == .preferNoSchedule || tolerations.contains { $0.tolerates(taint) }
            }
    }
}

extension PodRelationsBuilder {
    private struct Constraint: Hashable {
        var namespace: String
        var spread: TopologySpread
        var nodes: EligibleNodes
    }

    private mutating func addSpread(_ index: PodSelectorIndex) {
        var numbers: [Constraint: Int] = [:]
        var constraints: [(constraint: Constraint, pods: [Int])] = []
        for (pod, value) in cluster.pods.enumerated() where !value.isFinished {
            for spread in value.topologySpread {
                let nodes = EligibleNodes(spread, of: value)
                let constraint = Constraint(namespace: value.id.namespace, spread: spread, nodes: nodes)
                if let number = numbers[constraint] {
                    constraints[number].pods.append(pod)
                } else {
                    numbers[constraint] = constraints.count
                    constraints.append((constraint, [pod]))
                }
            }
        }
        for (constraint, pods) in constraints { addSpread(constraint, pods, index) }
    }

    private mutating func addSpread(_ constraint: Constraint, _ pods: [Int], _ index: PodSelectorIndex) {
        let spread = constraint.spread
        let counted =
            spread.selector.map { selector in
                index.pods(matching: selector) { $0.id.namespace == constraint.namespace && !$0.terminating }
            } ?? []
        let tally = tally(
            over: domains(of: spread.topologyKey),
            eligible: nodeSet(constraint.nodes),
            leavesWithNode: constraint.nodes.tolerations != nil
        )
        for pod in counted { change(pod) { $0.adds.append(tally) } }
        let selected = Set(counted)
        for pod in pods {
            let rule = PodRelations.Spread(
                tally: tally,
                maxSkew: spread.maxSkew,
                minDomains: spread.minDomains ?? 1,
                isSelf: selected.contains(pod)
            )
            change(pod) { $0.spreads.append(rule) }
        }
    }

    private mutating func nodeSet(_ nodes: EligibleNodes) -> Int {
        if let known = setNumbers[nodes] { return known }
        nodeSets.append(cluster.nodes.map(nodes.contains))
        setNumbers[nodes] = nodeSets.count - 1
        return nodeSets.count - 1
    }

    /// One tally for each port that somebody binds.
    private mutating func addPorts() {
        var numbers: [HostPort: Int] = [:]
        for pod in cluster.pods where !pod.isFinished {
            for port in pod.hostPorts where numbers[port] == nil { numbers[port] = tally(over: Self.byNode) }
        }
        if numbers.isEmpty { return }
        let ports = numbers.sorted { $0.value < $1.value }
        for (index, pod) in cluster.pods.enumerated() where !pod.isFinished && !pod.hostPorts.isEmpty {
            let own = Set(pod.hostPorts)
            let taken = ports.filter { port, _ in own.contains { $0.conflicts(with: port) } }.map(\.value)
            change(index) { kind in
                kind.adds += own.compactMap { numbers[$0] }.sorted()
                kind.ports += taken
            }
        }
    }

    /// Pods whose volume attaches to one node stand together.
    private mutating func addSharedClaims() {
        var users: [ClaimID: [Int]] = [:]
        for (index, pod) in cluster.pods.enumerated() where !pod.isFinished {
            for name in Set(pod.claims) {
                let claim = ClaimID(namespace: pod.id.namespace, name: name)
                if cluster.volumes[claim]?.attachesToOneNode == true { users[claim, default: []].append(index) }
            }
        }
        for (_, pods) in users.sorted(by: { $0.key < $1.key }) where pods.count > 1 {
            let tally = tally(over: Self.byNode)
            for pod in pods {
                change(pod) { kind in
                    kind.adds.append(tally)
                    kind.together.append(tally)
                }
            }
        }
    }
}
