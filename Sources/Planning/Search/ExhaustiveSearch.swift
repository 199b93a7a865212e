/// Tries everything, for clusters small enough: which nodes leave together, and where each pod goes.
///
/// Looks for as many nodes as can leave at all, however many waves that takes.
struct ExhaustiveSearch {
    private struct Position: Hashable {
        var at: [Int]
        var left: [Int]
    }

    private var seen: Set<Position> = []
    /// How many places of pods are still tried.
    private var steps: Int
    private(set) var best: (draft: Draft, end: WaveState)
    private let task: DrainTask

    init(start: WaveState, best: (draft: Draft, end: WaveState), steps: Int) {
        self.best = best
        self.steps = steps
        task = start.task
        explore(start, Draft(left: task.nodes))
    }

    private var isDone: Bool { steps <= 0 || best.draft.left.isEmpty }

    private mutating func explore(_ state: WaveState, _ draft: Draft) {
        if draft.left.count < best.draft.left.count {
            best = (draft, state)
            best.draft.workersWait = task.controlPlaneFirst && draft.left.contains { task.controlPlane.contains($0) }
        }
        if isDone || !seen.insert(Position(at: state.at, left: draft.left)).inserted { return }
        for group in groups(of: draft, state) where !isDone {
            if state.mayJoin(together: group) { drain(group, state, draft) }
        }
    }

    /// One node, or several where rules between pods may need it; control-plane nodes alone and first.
    private func groups(of draft: Draft, _ state: WaveState) -> [[Int]] {
        let members = draft.left.filter { task.controlPlane.contains($0) }
        let hasWorkersOut = draft.waves.contains { !$0.isControlPlane }
        var groups: [[Int]] = []
        if !hasWorkersOut {
            let others = members.filter { !task.leaders.contains($0) }
            let hasLeaderOut = draft.waves.contains { wave in wave.nodes.contains { task.leaders.contains($0) } }
            if !hasLeaderOut { groups += others.map { [$0] } }
            groups += members.filter { task.leaders.contains($0) }.map { [$0] }
        }
        if task.controlPlaneFirst && !members.isEmpty { return groups }
        let workers = draft.left.filter { !task.controlPlane.contains($0) }
        groups += workers.map { [$0] }
        let most = task.most(isFirstOfWorkers: !hasWorkersOut)
        if state.terrain.relations.isTrivial || most < 2 { return groups }
        return groups + Self.subsets(of: workers, upTo: min(most, 4))
    }

    /// Of two elements and more.
    private static func subsets(of nodes: [Int], upTo size: Int) -> [[Int]] {
        var all: [[Int]] = [[]]
        for node in nodes { all += all.filter { $0.count < size }.map { $0 + [node] } }
        return all.filter { $0.count > 1 }.sorted { ($0.count, $0.first ?? 0) < ($1.count, $1.first ?? 0) }
    }

    private mutating func drain(_ group: [Int], _ state: WaveState, _ draft: Draft) {
        var state = state
        state.wave.rounds = group.map { state.rounds(of: $0) }.max() ?? 1
        for node in group { state.takeOut(node) }
        for node in group {
            state.note(node)
            state.wave.pods += state.residents[node].filter { state.terrain.fate[$0] != .ends }
        }
        state.wave.hasLateRules = true
        place(from: 0, &state, draft)
    }

    private mutating func place(from index: Int, _ state: inout WaveState, _ draft: Draft) {
        if index == state.wave.pods.count { return conclude(state, draft) }
        let pod = state.wave.pods[index]
        for node in state.everyPlace(for: pod) {
            steps -= 1
            if isDone { return }
            state.occupy(node, with: pod)
            place(from: index + 1, &state, draft)
            state.vacate(pod)
        }
    }

    private mutating func conclude(_ state: WaveState, _ draft: Draft) {
        guard state.holdsTogether(with: []) else { return }
        var state = state
        var draft = draft
        let isControlPlane = state.wave.nodes.contains { task.controlPlane.contains($0) }
        let isFirst = !draft.waves.contains { !$0.isControlPlane }
        let isCanary = !isControlPlane && isFirst && task.canary != nil
        let wave = state.finish(isControlPlane: isControlPlane, isCanary: isCanary)
        draft.waves.append(wave)
        draft.left.removeAll { wave.nodes.contains($0) }
        explore(state, draft)
    }
}

extension WaveState {
    /// Everywhere a pod of the wave could go as things stand; settled nodes first, its own node last.
    fileprivate func everyPlace(for pod: Int) -> [Int] {
        let check = RelationCheck(pod, relations, mayBeFirst: true, loose: true, relaxed: relaxed.union(.affinity))
        let open = terrain.places.nodes(for: pod).filter { node in
            (phase[node] == .settled || phase[node] == .waiting) && free.covers(terrain.requests, pod, at: node)
                && check.allows(node, relations)
        }
        let settled = open.filter { phase[$0] == .settled }
        let waits = terrain.fate[pod] == .mayWait && isAllowed(pod, on: at[pod]) ? [at[pod]] : []
        return settled + open.filter { phase[$0] == .waiting } + waits
    }
}
