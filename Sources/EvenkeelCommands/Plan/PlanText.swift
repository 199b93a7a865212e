import ClusterModel
import Planning
import Reporting

/// A plan as a person reads it: the waves as a table, what stands in the way, and how far it is from the bound.
struct PlanText {
    private let plan: Plan
    private let cluster: Cluster
    private let measured: MeasuredDurations
    private let objectives: [ExpectedBudget]
    private let listsMoves: Bool

    init(
        _ plan: Plan,
        _ cluster: Cluster,
        _ measured: MeasuredDurations,
        _ objectives: [ExpectedBudget],
        listsMoves: Bool = false
    ) {
        self.plan = plan
        self.cluster = cluster
        self.measured = measured
        self.objectives = objectives
        self.listsMoves = listsMoves
    }

    var text: String {
        let moves = listsMoves ? plan.waves.map { WaveMovesText($0, cluster).text } : []
        let parts = [headline, waves] + moves + [waivers, findings, verdict, errorBudgets]
        return parts.filter { !$0.isEmpty }.joined(separator: "\n\n")
    }

    private var headline: String {
        let totals = plan.totals
        let limit = plan.policy.nodesOut(of: cluster.nodes.count)
        return "Plan: \(purpose) of \(counted(totals.nodes, "node")) in \(counted(totals.waves, "wave")), "
            + "at most \(limit) out at once"
    }

    private var purpose: String {
        switch plan.campaign.purpose {
        case .upgrade(let version): "upgrade to \(version)"
        case .service: "service"
        case .replace(_, let with): with.map { "replacement by \($0)" } ?? "replacement"
        }
    }

    private var waves: String {
        if plan.waves.isEmpty { return "" }
        let showsVersion = Set(plan.waves.map(\.version)).count > 1
        var columns: [TextTable.Column] = [.right("WAVE")]
        if showsVersion { columns.append(.left("TO")) }
        columns += [.left("NODES"), .right("PODS TO MOVE"), .left("BUDGETS SPENT"), .left("WHY HERE")]
        var table = TextTable(columns)
        for wave in plan.waves {
            var cells = ["\(wave.number)"]
            if showsVersion { cells.append(wave.version.map { "\($0)" } ?? "") }
            cells += [wave.nodes.joined(separator: " "), "\(wave.moves.count)", budgets(of: wave), reason(of: wave)]
            table.add(cells.map { TextTable.Cell($0) })
        }
        return String(table.render(color: false).dropLast())
    }

    private func reason(of wave: Wave) -> String {
        guard wave.isCanary, let canary = plan.policy.canary else { return wave.reason }
        return "canary, watched for \(DurationLabel.text(canary.soak)); \(wave.reason)"
    }

    /// The two tightest budgets of a wave.
    private func budgets(of wave: Wave) -> String {
        let tightest = wave.budgets.sorted { left, right in
            (left.headroom(in: wave), left.budget) < (right.headroom(in: wave), right.budget)
        }
        let named = tightest.prefix(2).map { $0.shortText(in: wave) }
        let more = tightest.count > 2 ? ["+\(tightest.count - 2) more"] : []
        return named.isEmpty ? "-" : (named + more).joined(separator: ", ")
    }

    private var waivers: String {
        if plan.policy.waivers.isEmpty { return "" }
        let lines = plan.policy.waivers.map { waiver in
            "  \(waiver.rule.rawValue) \(waiver.subject) until \(waiver.expires): \(waiver.reason)"
        }
        return "Waived\n" + lines.joined(separator: "\n")
    }

    private var findings: String {
        plan.findings.isEmpty ? "" : "Findings\n" + FindingsText(plan.findings).text
    }

    private var verdict: String {
        let blocked = Set(plan.obstacles.compactMap(\.node)).subtracting(plan.nodes).count
        let nodes = blocked == 1 ? "1 node is" : "\(blocked) nodes are"
        let left = blocked > 0 ? "; \(nodes) left out because of obstacles" : ""
        if plan.waves.isEmpty { return "Nothing can be planned\(left)." }
        let totals = plan.totals
        let bounds = plan.bounds
        let proven =
            "Proven. \(counted(totals.waves, "wave")) (no plan can have fewer than \(bounds.waves)), "
            + "\(counted(totals.rounds, "round")) (\(bounds.rounds)), \(counted(totals.evictions, "eviction")) "
            + "(\(bounds.evictions))\(left)."
        return plan.estimate.map { "\(proven)\n\(time($0))" } ?? proven
    }

    /// What the plan is expected to spend of what was promised.
    private var errorBudgets: String {
        objectives.isEmpty || plan.waves.isEmpty
            ? "" : String(ExpectedBudget.table(objectives).render(color: false).dropLast())
    }

    private func time(_ estimate: TimeEstimate) -> String {
        let steps = measured.estimates()
        let source =
            switch measured.services {
            case 0: ""
            case 1..<MeasuredDurations.enough:
                "; earlier runs measured \(counted(measured.services, "service")), of \(MeasuredDurations.enough) that it takes"
            default: "; measured in \(measured.services) services of earlier runs"
            }
        return
            "Time: \(estimate.text), reckoned with \(steps.round.text) for a round, \(steps.service.text) for the service "
            + "of a node and \(steps.recovery.text) for the recovery after a wave\(source)."
    }

    private func counted(_ count: Int, _ noun: String) -> String { count == 1 ? "1 \(noun)" : "\(count) \(noun)s" }
}

/// The witness of a wave: which pod goes where, in the order in which they go, and every budget that is spent.
private struct WaveMovesText {
    private let wave: Wave
    private let cluster: Cluster

    init(_ wave: Wave, _ cluster: Cluster) {
        self.wave = wave
        self.cluster = cluster
    }

    var text: String {
        var table = TextTable([.left("POD"), .left("FROM"), .left("TO")])
        for move in wave.moves {
            table.add(["\(move.pod)", move.from, destination(move)].map { TextTable.Cell($0) })
        }
        let moves = wave.moves.isEmpty ? "  no pod moves" : indented(table.render(color: false))
        let budgets = wave.budgets.map { "  spends \($0.text(in: wave))" }
        return (["Wave \(wave.number): \(wave.nodes.joined(separator: " "))", moves] + budgets).joined(separator: "\n")
    }

    private func destination(_ move: Move) -> String {
        if move.to != move.from { return move.to }
        return cluster.pod(move.pod)?.owner == nil
            ? "nowhere: nobody makes it again (waived)" : "waits for \(move.from) (waived)"
    }

    private func indented(_ text: String) -> String {
        text.split(separator: "\n").map { "  \($0)" }.joined(separator: "\n")
    }
}

extension BudgetUse {
    /// What the wave leaves of it.
    fileprivate func headroom(in wave: Wave) -> Int { allowed * wave.rounds - evictions }

    /// `shop/web 1 of 1` or `shop/web 2 of 3 (1 left)`.
    fileprivate func shortText(in wave: Wave) -> String {
        let left = headroom(in: wave)
        return "\(budget) \(evictions) of \(allowed * wave.rounds)" + (left > 0 ? " (\(left) left)" : "")
    }

    /// `shop/web 2 of 3, 1 left`.
    fileprivate func text(in wave: Wave) -> String {
        "\(budget)\(isDefault ? " (default)" : "") \(evictions) of \(allowed * wave.rounds), \(headroom(in: wave)) left"
    }
}

extension TimeEstimate {
    /// `2 min to 10 min`.
    fileprivate var text: String {
        let (least, most) = (DurationLabel.text(.seconds(low)), DurationLabel.text(.seconds(high)))
        return least == most ? least : "\(least) to \(most)"
    }
}
