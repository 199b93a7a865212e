import ClusterModel
import TestSupport
import Testing

@testable import Planning

/// The verifier's end states held against a scheduler that places one pod after another.
struct VerifierSchedulerTests {
    /// A spread is judged when all have come: an order in which the last breaks it for one before is not relied on.
    @Test(arguments: 0..<600 as Range<UInt64>)
    func `a wave is accepted just where some order of its moves passes every filter`(seed: UInt64) {
        var random = SplitMix(seed: seed)
        let scenario = RandomPlacement(&random).scenario
        let claims = scenario.claims
        let isOnlySpread =
            !claims.isEmpty
            && claims.allSatisfy { claim in
                if case .target(_, _, .spread, _) = claim { true } else { false }
            }
        let findsOrder = OneByOneScheduler(scenario).findsOrder()
        #expect(claims.isEmpty == findsOrder || isOnlySpread, "\(claims) for \(scenario.waves[0].moves)")
    }

    @Test func `the random waves are of both kinds and break every rule`() {
        var accepted = 0
        var rules: Set<String> = []
        for seed in 0..<600 as Range<UInt64> {
            var random = SplitMix(seed: seed)
            let claims = RandomPlacement(&random).scenario.claims
            if claims.isEmpty { accepted += 1 }
            for case .target(_, _, let fault, _) in claims { rules.insert(Self.name(of: fault)) }
        }
        #expect((120...480).contains(accepted))
        #expect(
            rules == [
                "antiAffinity", "foreignAntiAffinity", "affinity", "affinityKey", "spread", "spreadKey", "hostPort",
                "nodeSelector",
            ]
        )
    }

    private static func name(of fault: BrokenClaim.TargetFault) -> String {
        switch fault {
        case .antiAffinity: "antiAffinity"
        case .foreignAntiAffinity: "foreignAntiAffinity"
        case .affinity: "affinity"
        case .affinityKey: "affinityKey"
        case .spread: "spread"
        case .spreadKey: "spreadKey"
        case .hostPort: "hostPort"
        case .nodeSelector: "nodeSelector"
        default: "another"
        }
    }
}

/// Five nodes, a handful of pods with rules about each other, and one wave with moves by chance.
private struct RandomPlacement {
    var scenario = PlacementScenario()

    init(_ random: inout SplitMix) {
        func below(_ bound: Int) -> Int { Int.random(in: 0..<bound, using: &random) }
        if below(3) == 0 { scenario.builder.changeNode("w-\(1 + below(5))") { $0.labels[zoneKey] = nil } }
        if below(3) == 0 { scenario.builder.changeNode("w-5") { $0.labels["disk"] = "ssd" } }
        if below(4) == 0 { scenario.builder.changeNode("w-4") { $0.unschedulable = true } }
        let kinds = Set((0..<2).map { _ in below(5) })
        for number in 1...(3 + below(5)) {
            let app = ["a", "b", "c"][below(3)]
            scenario.add("\(app)-\(number)", on: "w-\(1 + below(5))") { pod in
                if below(8) == 0 { pod.owner?.kind = "DaemonSet" }
                if below(6) == 0 { pod.nodeSelector = ["disk": "ssd"] }
                if kinds.contains(0), below(2) == 0 { pod.podAntiAffinity = [Self.term(&random)] }
                if kinds.contains(1), below(2) == 0 {
                    pod.podAffinity = (0...below(2)).map { _ in Self.term(&random) }
                }
                if kinds.contains(2), below(3) == 0 { pod.hostPorts = [HostPort(port: 80)] }
                if kinds.contains(3) || kinds.contains(4), below(2) == 0 {
                    pod.topologySpread = (0...below(2)).map { _ in Self.spread(&random) }
                }
            }
        }
        let nodes = below(3) == 0 ? ["w-1", "w-2"] : ["w-\(1 + below(3))"]
        let targets = scenario.builder.nodes.filter { !nodes.contains($0.name) && !$0.unschedulable }.map(\.name)
        let moved = scenario.builder.pods.filter { nodes.contains($0.node ?? "") && !$0.isDaemon }
        let moves = moved.map { Move(pod: $0.id, from: $0.node ?? "", to: targets[below(targets.count)]) }
        scenario.waves = [Wave(number: 1, rounds: 1, nodes: nodes, moves: moves)]
    }

    private static func term(_ random: inout SplitMix) -> PodAffinityTerm {
        let key = Bool.random(using: &random) ? zoneKey : hostKey
        return PodAffinityTerm(selector: choice(&random), namespaces: ["shop"], topologyKey: key)
    }

    private static func spread(_ random: inout SplitMix) -> TopologySpread {
        TopologySpread(
            maxSkew: Int.random(in: 1...2, using: &random),
            topologyKey: Int.random(in: 0..<3, using: &random) == 0 ? hostKey : zoneKey,
            selector: choice(&random),
            minDomains: [nil, nil, 3, 4].randomElement(using: &random) ?? nil,
            nodeAffinityPolicy: Bool.random(using: &random) ? .honor : .ignore,
            nodeTaintsPolicy: Bool.random(using: &random) ? .honor : .ignore
        )
    }

    private static func choice(_ random: inout SplitMix) -> LabelSelector {
        switch Int.random(in: 0..<5, using: &random) {
        case 0: LabelSelector(matchExpressions: [.init(key: "app", operator: .in, values: ["a", "b"])])
        case 1: LabelSelector(matchExpressions: [.init(key: "app", operator: .notIn, values: ["c"])])
        case 2: selector(app: "b")
        default: selector(app: "a")
        }
    }
}

/// The filters of the scheduler on a cluster whose pods come one after another, in every order.
private struct OneByOneScheduler {
    private let nodes: [String: Node]
    private let standing: [Pod]
    private let coming: [(pod: Pod, node: String)]
    private let drained: Set<String>

    init(_ scenario: PlacementScenario) {
        let wave = scenario.waves[0]
        nodes = Dictionary(uniqueKeysWithValues: scenario.builder.nodes.map { ($0.name, $0) })
        drained = Set(wave.nodes)
        standing = scenario.builder.pods.filter { pod in !wave.moves.contains { $0.pod == pod.id } }
        coming = wave.moves.compactMap { move in
            scenario.builder.pods.first { $0.id == move.pod }.map { ($0, move.to) }
        }
    }

    func findsOrder() -> Bool { findsOrder(standing, Array(coming.indices)) }

    private func findsOrder(_ placed: [Pod], _ rest: [Int]) -> Bool {
        if rest.isEmpty { return true }
        return rest.contains { next in
            guard let node = nodes[coming[next].node], passes(coming[next].pod, node, placed) else { return false }
            var pod = coming[next].pod
            pod.node = node.name
            return findsOrder(placed + [pod], rest.filter { $0 != next })
        }
    }

    private func passes(_ pod: Pod, _ node: Node, _ placed: [Pod]) -> Bool {
        pod.nodeSelector.allSatisfy { node.labels[$0.key] == $0.value } && passesPorts(pod, node, placed)
            && passesRepulsion(pod, node, placed) && passesAttraction(pod, node, placed)
            && pod.topologySpread.allSatisfy { passes($0, pod, node, placed) }
    }

    private func passesPorts(_ pod: Pod, _ node: Node, _ placed: [Pod]) -> Bool {
        !placed.contains { $0.node == node.name && !$0.hostPorts.isEmpty && !pod.hostPorts.isEmpty }
    }

    private func share(_ key: String, _ other: Pod, _ node: Node) -> Bool {
        guard let value = node.labels[key] else { return false }
        return nodes[other.node ?? ""]?.labels[key] == value
    }

    private func passesRepulsion(_ pod: Pod, _ node: Node, _ placed: [Pod]) -> Bool {
        placed.allSatisfy { other in
            !pod.podAntiAffinity.contains {
                $0.selects(other, namespaces: [:]) && share($0.topologyKey, other, node)
            }
                && !other.podAntiAffinity.contains {
                    $0.selects(pod, namespaces: [:]) && share($0.topologyKey, other, node)
                }
        }
    }

    private func passesAttraction(_ pod: Pod, _ node: Node, _ placed: [Pod]) -> Bool {
        let terms = pod.podAffinity
        if terms.isEmpty { return true }
        guard terms.allSatisfy({ node.labels[$0.topologyKey] != nil }) else { return false }
        func matches(_ other: Pod) -> Bool { terms.allSatisfy { $0.selects(other, namespaces: [:]) } }
        let fellows = placed.filter(matches)
        if terms.allSatisfy({ term in fellows.contains { share(term.topologyKey, $0, node) } }) { return true }
        let isAnySeen = fellows.contains { fellow in
            terms.contains { nodes[fellow.node ?? ""]?.labels[$0.topologyKey] != nil }
        }
        return !isAnySeen && matches(pod)
    }

    /// What stands there, itself, less what the emptiest domain has before it comes.
    private func passes(_ spread: TopologySpread, _ pod: Pod, _ node: Node, _ placed: [Pod]) -> Bool {
        guard let here = node.labels[spread.topologyKey] else { return false }
        let eligible = nodes.values.filter { node in
            if !pod.topologySpread.allSatisfy({ node.labels[$0.topologyKey] != nil }) { return false }
            let isCordoned = node.unschedulable || drained.contains(node.name)
            if spread.nodeTaintsPolicy == .honor, isCordoned { return false }
            return spread.nodeAffinityPolicy == .ignore
                || pod.nodeSelector.allSatisfy { node.labels[$0.key] == $0.value }
        }
        var counts: [String: Int] = [:]
        for node in eligible {
            let count = placed.count { $0.node == node.name && spread.selector?.matches($0.labels) == true }
            counts[node.labels[spread.topologyKey] ?? "", default: 0] += count
        }
        let least = counts.count < spread.minDomains ?? 1 ? 0 : counts.values.min() ?? 0
        let itself = spread.selector?.matches(pod.labels) == true ? 1 : 0
        return counts[here, default: 0] + itself - least <= spread.maxSkew
    }
}
