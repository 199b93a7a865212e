package import ClusterModel
package import Planning
import Reliability

/// What a plan is expected to cost the users, before anything is done: how long each workload is down, or has fewer pods
/// than it wants, while the plan moves its pods.
///
/// A wave evicts of a workload as many pods at once as every budget of it allows, waits until as many are ready elsewhere,
/// and goes on; each time lasts a round. The workload is down in a time that leaves it no pod. A pod that waits for its
/// own node is away until that node is back.
package struct PlanForecast: Hashable, Sendable {
    /// Of one workload, from the least to the most.
    package struct Effect: Hashable, Sendable {
        package var down = TimeEstimate(low: 0, high: 0)
        package var belowDesired = TimeEstimate(low: 0, high: 0)
        /// Pods that the plan moves.
        package var moves = 0
    }

    package private(set) var effects: [WorkloadID: Effect] = [:]

    package init(_ plan: Plan, on cluster: Cluster, _ estimates: DurationEstimates) {
        for wave in plan.waves {
            let pods = wave.moves.compactMap { move in cluster.pod(move.pod).map { (pod: $0, move: move) } }
            let groups = Dictionary(grouping: pods) { $0.pod.workload }
            for (workload, moved) in groups {
                guard let workload else { continue }
                let wanted = cluster.workloads[workload]?.replicas ?? cluster.pods.count { $0.workload == workload }
                let atOnce = Self.atOnce(moved.map(\.pod), of: workload, in: wave, cluster)
                let waits = moved.filter { $0.move.to == $0.move.from }
                var effect = effects[workload, default: Effect()]
                effect.moves += moved.count
                effect.add(moved.count - waits.count, of: wanted, atOnce: atOnce, for: estimates.round)
                for wait in waits {
                    let away = estimates.round + (estimates.serviceByNode[wait.move.from] ?? estimates.service)
                    effect.add(1, of: wanted, atOnce: 1, for: away)
                }
                effects[workload] = effect
            }
        }
    }

    /// How many of these pods may be away at once.
    private static func atOnce(_ pods: [Pod], of workload: WorkloadID, in wave: Wave, _ cluster: Cluster) -> Int {
        let own = cluster.budgets.filter { budget in pods.contains { budget.selects($0) } }.map { "\($0.id)" }
        let names = Set(own + ["\(workload)"])
        let allowed = wave.budgets.filter { names.contains($0.budget) }.map(\.allowed)
        return max(1, min(pods.count, allowed.min() ?? pods.count))
    }
}

extension PlanForecast.Effect {
    fileprivate mutating func add(_ count: Int, of wanted: Int, atOnce: Int, for time: TimeEstimate) {
        var left = count
        while left > 0 {
            let away = min(left, atOnce)
            belowDesired = belowDesired + time
            if wanted - away <= 0 { down = down + time }
            left -= away
        }
    }
}

/// What a plan is expected to spend of the error budget of an objective.
package struct ExpectedBudget: Hashable, Sendable, Codable {
    package var objective: String
    /// What it stands for in this cluster, `NAMESPACE/NAME`.
    package var workloads: [String]
    package var target: Double
    package var windowSeconds: Double
    /// Whether maintenance spends of the budget.
    package var plannedCounts: Bool
    /// Down time of its workloads, each by itself.
    package var secondsDown: TimeEstimate
    package var secondsBelowDesired: TimeEstimate
    /// The whole window's, of all its workloads together.
    package var secondsAllowed: Double
    /// Of that; 0 where maintenance is excluded.
    package var spentShare: TimeEstimate
    /// Those of its workloads that are expected to be down.
    package var downWorkloads: [String]

    /// Nil where it stands for no workload of the cluster.
    package init?(_ named: NamedObjective, _ forecast: PlanForecast, in cluster: Cluster) {
        let matching = cluster.workloads.keys.filter { named.matches($0) && cluster.workloads[$0]?.replicas != nil }
            .sorted()
        if matching.isEmpty { return nil }
        let effects = matching.map { forecast.effects[$0, default: PlanForecast.Effect()] }
        let exact = named.objective.window.seconds * (1 - named.objective.availability) * Double(matching.count)
        let allowed = (exact * 1000).rounded() / 1000
        objective = named.name
        workloads = matching.map { "\($0.namespace)/\($0.name)" }
        target = named.objective.availability
        windowSeconds = named.objective.window.seconds
        plannedCounts = named.objective.countsPlanned
        secondsDown = effects.reduce(TimeEstimate(low: 0, high: 0)) { $0 + $1.down }
        secondsBelowDesired = effects.reduce(TimeEstimate(low: 0, high: 0)) { $0 + $1.belowDesired }
        secondsAllowed = allowed
        let scale = named.objective.countsPlanned ? 1 / allowed : 0
        spentShare = TimeEstimate(low: secondsDown.low * scale, high: secondsDown.high * scale)
        downWorkloads = zip(matching, effects).filter { $0.1.down.high > 0 }.map { "\($0.0.namespace)/\($0.0.name)" }
    }

    /// A table for a terminal; empty without objectives.
    package static func table(_ budgets: [ExpectedBudget]) -> TextTable {
        var table = TextTable([
            .left("OBJECTIVE", mayShrink: true), .right("TARGET"), .right("EXPECTED DOWN"), .right("BELOW DESIRED"),
            .right("ERROR BUDGET"), .right("WOULD SPEND"), .left("DOWN WHILE MOVED"),
        ])
        for budget in budgets {
            let share = budget.spentShare
            table.add([
                .init(budget.objective), .init(FigureText.percent(budget.target)), .init(range(budget.secondsDown)),
                .init(range(budget.secondsBelowDesired)), .init(FigureText.length(budget.secondsAllowed)),
                .init(
                    !budget.plannedCounts
                        ? "nothing: maintenance is excluded"
                        : share.high == 0 ? "nothing" : "\(percent(share.low)) to \(percent(share.high))",
                    share.high > 1 ? .bad : share.high > 0 ? .warning : .plain
                ),
                .init(names(budget.downWorkloads)),
            ])
        }
        return table
    }

    private static func range(_ time: TimeEstimate) -> String {
        if time.high == 0 { return "0 s" }
        let (low, high) = (FigureText.length(time.low), FigureText.length(time.high))
        return low == high ? low : "\(low) to \(high)"
    }

    private static func percent(_ share: Double) -> String { "\(FigureText.ratio(share * 100)) %" }

    private static func names(_ workloads: [String]) -> String {
        if workloads.isEmpty { return "none" }
        let rest = workloads.count - 3
        return workloads.prefix(3).joined(separator: ", ") + (rest > 0 ? " and \(rest) more" : "")
    }
}
