import ClusterModel

/// Whether a pod may be placed on a node, as the default scheduler's filters judge it.
struct Placement {
    private let pod: PodFacts
    private let pods: PodIndex
    private let nodes: [String: NodeFacts]
    private let neighbours: [PodFacts]
    private let volumes: PodVolumes

    init(of pod: PodFacts, pods: PodIndex, nodes: [String: NodeFacts], volumes: PodVolumes) {
        (self.pod, self.pods, self.nodes, self.volumes) = (pod, pods, nodes, volumes)
        neighbours = pods.neighbours(of: pod)
    }

    /// The reason against the node in the scheduler's words, or nil where the pod may go there.
    func obstacle(on facts: NodeFacts) -> String? {
        let node = facts.node
        if node.unschedulable, !tolerates(Taint(key: Taint.unschedulableKey, effect: .noSchedule)) {
            return "node(s) were unschedulable"
        }
        if let taint = node.taints.first(where: { $0.effect != .preferNoSchedule && !tolerates($0) }) {
            return "node(s) had untolerated taint {\(taint.key): \(taint.value)}"
        }
        guard matchesNodeRules(node) else { return "node(s) didn't match Pod's node affinity/selector" }
        let free = node.allocatable - pods.used(on: node.name)
        if let shortage = free.firstShortage(of: pod.rules.requests) {
            return shortage.resource == "pods" ? "Too many pods" : "Insufficient \(shortage.resource)"
        }
        guard portsAreFree(on: node) else { return "node(s) didn't have free ports for the requested pod ports" }
        if let obstacle = volumes.obstacle(on: node) { return obstacle }
        guard respectsPods(node) else { return "node(s) didn't match pod anti-affinity rules" }
        guard attracted(to: node) else { return "node(s) didn't match pod affinity rules" }
        guard spreads(node) else { return "node(s) didn't match pod topology spread constraints" }
        return nil
    }

    /// Node selector and required node affinity, whose alternatives need one match.
    func matchesNodeRules(_ node: Node) -> Bool {
        guard pod.rules.nodeSelector.allSatisfy({ node.labels[$0.key] == $0.value }) else { return false }
        guard let terms = pod.rules.nodeAffinity else { return true }
        return terms.contains { $0.matches(node) }
    }

    private func portsAreFree(on node: Node) -> Bool {
        if pod.rules.hostPorts.isEmpty { return true }
        return pods.keys(on: node.name).allSatisfy { key in
            guard let other = pods[key], !other.isFinished else { return true }
            return !other.rules.hostPorts.contains { taken in pod.rules.hostPorts.contains { $0.conflicts(with: taken) }
            }
        }
    }

    func tolerates(_ taint: Taint) -> Bool {
        pod.rules.tolerations.contains { $0.tolerates(taint) }
    }

    /// Anti-affinity in both directions: what the pod refuses, and who refuses the pod.
    private func respectsPods(_ node: Node) -> Bool {
        for other in neighbours {
            guard let place = other.node.flatMap({ nodes[$0]?.node }) else { continue }
            let refused = pod.rules.repelled.contains { applies($0, to: other) && share($0.topologyKey, node, place) }
            let refuses = other.rules.repelled.contains { applies($0, to: pod) && share($0.topologyKey, node, place) }
            if refused || refuses { return false }
        }
        return true
    }

    private func attracted(to node: Node) -> Bool {
        pod.rules.attracted.allSatisfy { rule in
            let wanted = neighbours.filter { applies(rule, to: $0) }
            // The first pod of a group that wants its own kind may start anywhere.
            if wanted.isEmpty { return applies(rule, to: pod) }
            return wanted.contains { other in
                other.node.flatMap { nodes[$0]?.node }.map { share(rule.topologyKey, node, $0) } ?? false
            }
        }
    }

    private func spreads(_ node: Node) -> Bool {
        pod.rules.spread.allSatisfy { rule in
            guard let domain = node.labels[rule.topologyKey] else { return false }
            var counts: [String: Int] = [:]
            for facts in nodes.values where matchesNodeRules(facts.node) {
                if let name = facts.node.labels[rule.topologyKey] { counts[name, default: 0] += 0 }
            }
            for other in neighbours where other.key.namespace == pod.key.namespace && !other.isTerminating {
                guard rule.selector.matches(other.labels), let place = other.node.flatMap({ nodes[$0]?.node }),
                    let name = place.labels[rule.topologyKey], counts[name] != nil
                else { continue }
                counts[name, default: 0] += 1
            }
            let itself = rule.selector.matches(pod.labels) ? 1 : 0
            return counts[domain, default: 0] + itself - (counts.values.min() ?? 0) <= rule.maxSkew
        }
    }

    private func applies(_ rule: PodRules.PodAffinityRule, to pod: PodFacts) -> Bool {
        rule.namespaces.contains(pod.key.namespace) && rule.selector.matches(pod.labels)
    }

    private func share(_ topologyKey: String, _ left: Node, _ right: Node) -> Bool {
        guard let value = left.labels[topologyKey] else { return false }
        return value == right.labels[topologyKey]
    }

    /// How free the node would be with the pod on it, in thousandths; the scheduler takes the freest.
    func score(_ node: Node) -> Int64 {
        let used = pods.used(on: node.name) + pod.rules.requests
        let cpu = share(of: node.allocatable.cpu, less: used.cpu)
        let memory = share(of: node.allocatable.memory, less: used.memory)
        let siblings = pod.owner.map { pods.count(on: node.name, ownedBy: $0.uid) } ?? 0
        return (cpu + memory) / 2 - Int64(siblings) * 150
    }

    private func share(of total: Int64, less used: Int64) -> Int64 {
        total <= 0 ? 0 : max(0, (total - used) / max(1, total / 1000))
    }
}
