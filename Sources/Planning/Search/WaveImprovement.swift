import ClusterModel

/// Improves a draft by many small changes of which waves its workers leave in: first fewer waves, then fewer evictions.
struct WaveImprovement {
    private let start: WaveState
    private let controlPlane: [DraftWave]
    private let leftOfControlPlane: [Int]
    private let bounds: PlanBounds
    private var generator = SeededGenerator(seed: 42)
    /// How many assignments are still carried out.
    private var steps: Int
    private(set) var best: (draft: Draft, end: WaveState)

    /// - Parameters:
    ///   - start: where the pods stand when the workers' turn comes.
    ///   - steps: how many assignments are carried out at most.
    init(_ draft: Draft, end: WaveState, from start: WaveState, bounds: PlanBounds, steps: Int) {
        self.start = start
        self.bounds = bounds
        self.steps = steps
        controlPlane = draft.waves.filter(\.isControlPlane)
        let members = start.task.controlPlane
        leftOfControlPlane = draft.left.filter { members.contains($0) }
        best = (draft, end)
    }

    private var currentAssignment: WaveAssignment {
        WaveAssignment(best.draft.waves, left: best.draft.left.filter { !leftOfControlPlane.contains($0) })
    }

    mutating func run() {
        let patience = 60 + 12 * start.task.workers.count
        if !best.draft.left.isEmpty || best.draft.crowding > 0 { relieve(2 * patience) }
        while best.draft.waves.count > bounds.bounds.waves, steps > 0 {
            if !shorten(within: min(steps, 3 * patience)) { break }
        }
        for _ in 0..<5 where steps > 0 && !bounds.areMet(by: best.draft) { settle(patience) }
    }

    /// Tries to find room for what is left, and to do without rounds that need not be, in one wave more.
    private mutating func relieve(_ limit: Int) {
        var assignment = currentAssignment
        if best.draft.left.isEmpty { assignment.lengthen() }
        var current = carryOut(assignment, from: 0, of: nil)
        anneal(&assignment, &current, limit: limit) { $0.left.isEmpty && $0.waves.allSatisfy { $0.crowding == 0 } }
    }

    /// Tries to do with one wave less.
    private mutating func shorten(within limit: Int) -> Bool {
        var assignment = currentAssignment
        if assignment.waves.count < 2 || !best.draft.left.isEmpty { return false }
        let sizes = assignment.waves.map(\.count)
        let smallest = sizes.indices.min { (sizes[$0], $0) < (sizes[$1], $1) } ?? 0
        assignment.dissolve(smallest, &generator)
        var current = carryOut(assignment, from: 0, of: nil)
        anneal(&assignment, &current, limit: limit) { $0.left.isEmpty }
        let before = best.draft.waves.count
        keep(current)
        return best.draft.waves.count < before
    }

    /// Tries to do with fewer rounds and evictions in as many waves.
    private mutating func settle(_ patience: Int) {
        var assignment = currentAssignment
        var current = carryOut(assignment, from: 0, of: nil)
        keep(current)
        anneal(&assignment, &current, limit: patience) { _ in false }
    }

    /// Changes the assignment, for the better mostly; every outcome that leaves no node is kept if it is the best.
    private mutating func anneal(
        _ assignment: inout WaveAssignment,
        _ current: inout Outcome,
        limit: Int,
        until isEnough: (Outcome) -> Bool
    ) {
        var idle = 0
        var cost = current.cost
        var least = cost
        while idle < limit, steps > 0, !isEnough(current), !bounds.areMet(by: best.draft) {
            idle += 1
            var trial = assignment
            guard let first = trial.change(&generator) else { continue }
            let outcome = carryOut(trial, from: first, of: current)
            let heat = 0.15 + 1.2 * Double(limit - idle) / Double(limit)
            let rise = outcome.cost - cost
            if rise > 0, generator.fraction() > (rise < 8 * heat ? Self.chance(of: rise / heat) : 0) { continue }
            assignment = trial
            assignment.waves = Self.assigned(outcome, trial)
            current = outcome
            cost = outcome.cost
            if cost < least {
                least = cost
                idle = 0
            }
            keep(outcome)
        }
    }

    /// About e to the power of -x.
    private static func chance(of x: Double) -> Double {
        let half = 1 + x / 16
        let square = half * half * half * half
        return 1 / (square * square * square * square)
    }

    /// What was carried out, and what is left at the end of the last wave.
    private static func assigned(_ outcome: Outcome, _ trial: WaveAssignment) -> [[Int]] {
        var waves = outcome.waves.map(\.nodes)
        while waves.count < trial.waves.count { waves.append([]) }
        if let last = waves.indices.last { waves[last] += outcome.left }
        return waves
    }

    private mutating func keep(_ outcome: Outcome) {
        var draft = best.draft
        draft.waves = controlPlane + outcome.waves.filter { !$0.nodes.isEmpty }
        draft.left = leftOfControlPlane + outcome.left
        if draft.cost < best.draft.cost { best = (draft, outcome.end) }
    }

    /// - Parameter current: the outcome whose waves before `first` stand.
    private mutating func carryOut(_ assignment: WaveAssignment, from first: Int, of current: Outcome?) -> Outcome {
        steps -= 1
        let first = current == nil ? 0 : min(first, current?.starts.count ?? 0)
        var state = current.map { first < $0.starts.count ? $0.starts[first] : $0.end } ?? start
        for (wave, nodes) in assignment.waves.enumerated() {
            for node in nodes { state.lateness[node] = wave }
        }
        var outcome = Outcome(
            starts: current.map { Array($0.starts[..<first]) } ?? [],
            waves: current.map { Array($0.waves[..<first]) } ?? [],
            end: state,
            left: []
        )
        let done = Set(outcome.waves.flatMap(\.nodes))
        var carried: [Int] = []
        for wave in assignment.waves[..<first] { carried += wave.filter { !done.contains($0) } }
        for wave in first..<assignment.waves.count {
            outcome.starts.append(state)
            let nodes = order(carried + assignment.waves[wave], in: state)
            carried = build(nodes, wave, assignment.seeds[wave], &state)
            let isCanary = wave == 0 && start.task.canary != nil
            outcome.waves.append(state.finish(isControlPlane: false, isCanary: isCanary))
        }
        outcome.left = carried
        outcome.end = state
        return outcome
    }

    /// The neediest nodes first: they decide how many rounds the wave has.
    private func order(_ nodes: [Int], in state: WaveState) -> [Int] {
        if nodes.count < 2 { return nodes }
        let keyed = nodes.enumerated().map { (rounds: state.rounds(of: $1), place: $0, node: $1) }
        return keyed.sorted { ($1.rounds, $0.place) < ($0.rounds, $1.place) }.map(\.node)
    }

    /// - Returns: the nodes that could not join.
    private func build(_ nodes: [Int], _ wave: Int, _ seed: UInt64, _ state: inout WaveState) -> [Int] {
        let most = start.task.most(isFirstOfWorkers: wave == 0)
        let reach = WaveState.Reach(noise: seed == 0 ? 0 : 0.5, seed: seed)
        var refused: [Int] = []
        for node in nodes {
            if state.wave.nodes.count >= most || !state.mayJoin(node) || !state.join(node, reach) {
                refused.append(node)
            }
        }
        return refused
    }
}
