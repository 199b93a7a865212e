import ClusterModel

extension Survey {
    /// Nodes that the search could not place, explained by where it ended; then what else stands in the way of nodes
    /// that were left out of the search for their pods' places.
    mutating func noteLeft(_ draft: Draft, start: WaveState, end: WaveState, workers: [Int]) {
        for node in draft.left.sorted() { explain(node, in: end) }
        if draft.workersWait, let first = draft.left.min() { holdBack(workers, for: first) }
        for (node, told) in toldOfPlaces().prefix(Self.mostLookedAtTwice) where !draft.left.contains(node) {
            var before = start
            var after = end
            if before.canLeave(node, without: told) || after.canLeave(node, without: told) { continue }
            explain(node, in: end, told: told)
        }
    }

    private static let mostLookedAtTwice = 32

    /// Nodes with no obstacles but such of places or room, and the rules told of.
    private func toldOfPlaces() -> [(node: Int, told: RelaxedRules)] {
        var told: [Int: RelaxedRules] = [:]
        for finding in findings where finding.severity == .obstacle {
            guard let node = finding.node.flatMap({ terrain.nodeIndex[$0] }) else { continue }
            let rules: RelaxedRules? =
                switch finding.rule {
                case .noRoom: .room
                case .volume, .pinnedPod: .places
                default: nil
                }
            if let rules { told[node, default: []].formUnion(rules) } else { told[node, default: []].insert(.never) }
        }
        return told.filter { !$0.value.contains(.never) }.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    /// Names the rule without which the node could leave; where it takes two, both.
    private mutating func explain(_ node: Int, in end: WaveState, told: RelaxedRules = []) {
        var trial = end
        for rules in Self.suspects where trial.canLeave(node, without: rules.union(told)) {
            let homeless = trial.homeless(of: node, without: told)
            for (rule, relaxed) in Self.names where rules.subtracting(told).contains(relaxed) {
                blame(rule, node, homeless, in: end)
            }
            return
        }
        blame(.noRoom, node, trial.homeless(of: node, without: told), in: end)
    }

    /// A rule of the budgets before those between pods, of which it makes a deadlock.
    private static let names: [(Finding.Rule, RelaxedRules)] = [
        (.noRoom, .room), (.podAntiAffinity, .antiAffinity), (.topologySpread, .spread), (.budgetDeadlock, .rounds),
        (.podAffinity, .affinity), (.hostPort, .ports), (.volume, .together), (.pinnedPod, .places),
    ]

    /// One rule, then two, then all.
    private static let suspects: [RelaxedRules] =
        names.map(\.1)
        + names.indices.flatMap { first in names[(first + 1)...].map { names[first].1.union($0.1) } }
        + [names.reduce(into: RelaxedRules()) { $0.formUnion($1.1) }]

    private mutating func blame(_ rule: Finding.Rule, _ node: Int, _ homeless: Int?, in end: WaveState) {
        guard let pod = homeless ?? suspect(for: rule, on: node, in: end) else { return }
        if rule == .pinnedPod {
            let pinned = end.residents[node].filter { places(of: $0, except: node).isEmpty }
            if let first = pinned.first { blockForPin(node, first, count: pinned.count) }
            return
        }
        let (why, fix) =
            switch rule {
            case .noRoom: lackOfRoom(pod, node, in: end)
            case .podAntiAffinity: conflict(pod, node, in: end)
            case .topologySpread: unevenness(pod, node, in: end)
            case .podAffinity:
                (
                    "needs a pod beside it that no other node has after all waves that can be planned",
                    "let more of those pods run elsewhere, or make the affinity a preferred one"
                )
            case .hostPort:
                (
                    "binds \(ports(of: pod)) of its node, which is taken on every other node it may run on",
                    "add a node, or free the port on another one"
                )
            case .volume:
                (
                    "shares a volume that attaches to one node with pods that stay on another",
                    "let one pod use the volume, or give it the access mode ReadWriteMany"
                )
            default:
                (
                    "can only move together with the pods it needs, and the budgets let them go only one after another",
                    "allow as many evictions at once as there are such pods"
                )
            }
        let id = terrain.pod(pod).id
        block(node, rule, pod: id, message: "\(id) on \(name(node)) \(why)", fix: fix)
    }

    /// A pod to which the rule applies, where all find places and only the wave as a whole fails.
    private func suspect(for rule: Finding.Rule, on node: Int, in end: WaveState) -> Int? {
        let pods = end.residents[node]
        return pods.first { pod in
            let kind = end.relations.kind(of: pod)
            return rule == .topologySpread ? !kind.spreads.isEmpty : !kind.needs.isEmpty
        } ?? pods.first
    }

    private func ports(of pod: Int) -> String {
        let ports = terrain.pod(pod).hostPorts.map { "\($0.protocol) \($0.port)" }
        return "port \(ports.joined(separator: ", "))"
    }

    private func lackOfRoom(_ pod: Int, _ node: Int, in end: WaveState) -> (String, String) {
        let others = places(of: pod, except: node)
        let lack = Shortfall.least(for: pod, on: others, terrain) { end.free[$0, $1] }
        let count = end.residents[node].count
        let why =
            lack.map { ": \($0.text(terrain))" }
            ?? " together with the \(counted(count - 1, "other pod")) of \(name(node)), though it does alone"
        return (
            "fits on no other node after all waves that can be planned\(why)",
            "add a node or free that much, and plan again"
        )
    }

    private func places(of pod: Int, except node: Int) -> [Int] {
        terrain.places.nodes(for: pod).filter { $0 != node }
    }

    private func conflict(_ pod: Int, _ node: Int, in end: WaveState) -> (String, String) {
        var trial = end
        trial.takeOut(node)
        let others = places(of: pod, except: node)
        let avoids = end.relations.kind(of: pod).avoids
        let taken = others.filter { other in avoids.contains { trial.relations.count($0, at: other) > 0 } }
        let example = taken.lazy.compactMap { end.neighbour(of: pod, near: $0, leaving: node) }.first
        let which = example.map { ", as \(terrain.pod($0.pod).id) on \(name($0.node))" } ?? ""
        return (
            "must not stand beside pods that stand on \(taken.count) of the "
                + "\(counted(others.count, "other node")) it may run on\(which)",
            "add a node it may run on, scale the pods down by one, or make the anti-affinity a preferred one"
        )
    }

    private func unevenness(_ pod: Int, _ node: Int, in end: WaveState) -> (String, String) {
        let spread = terrain.pod(pod).topologySpread.first
        let rule = spread.map { "a skew of \($0.maxSkew) over \($0.topologyKey)" } ?? "its spread"
        let others = places(of: pod, except: node)
        return (
            "may stand on \(counted(others.count, "other node")), and each would break \(rule)",
            "raise maxSkew, or let the spread be ScheduleAnyway for the campaign"
        )
    }
}

extension WaveState {
    /// Whether the node could leave by itself without some rules; the state is the same afterwards.
    fileprivate mutating func canLeave(_ node: Int, without rules: RelaxedRules) -> Bool {
        let before = phase[node]
        lookAt(node, as: .waiting)
        relaxed = rules
        let isFree = join(node, Reach(mayCrowd: true))
        if isFree { abandon() }
        relaxed = []
        lookAt(node, as: before)
        return isFree
    }

    private mutating func lookAt(_ node: Int, as phase: Phase) {
        if self.phase[node] == phase { return }
        settledRoom.remove(node)
        waitingRoom.remove(node)
        self.phase[node] = phase
        demand[node] = phase == .waiting ? countDemand(residents[node]) : []
        refreshRoom(node)
    }

    /// The first pod of `node` that finds no place when the node is drained by itself.
    fileprivate func homeless(of node: Int, without rules: RelaxedRules) -> Int? {
        var trial = self
        trial.lookAt(node, as: .waiting)
        trial.relaxed = rules
        trial.takeOut(node)
        trial.wave.rounds = trial.rounds(of: node)
        var log: [Placement] = []
        let pods = residents[node].filter { terrain.fate[$0] != .ends }
        return trial.place(pods, Reach(mayCrowd: true), log: &log)
    }

    /// A pod in the domain of a node that keeps `pod` away from there, and where it stands.
    fileprivate func neighbour(of pod: Int, near node: Int, leaving: Int) -> (pod: Int, node: Int)? {
        let rules = terrain.relations
        for tally in relations.kind(of: pod).avoids {
            let place = rules.place(tally, node)
            if place < 0 { continue }
            for other in at.indices where other != pod && at[other] >= 0 && at[other] != leaving {
                let isNear = rules.place(tally, at[other]) == place
                if isNear, relations.kind(of: other).adds.contains(tally) { return (other, at[other]) }
            }
        }
        return nil
    }
}
