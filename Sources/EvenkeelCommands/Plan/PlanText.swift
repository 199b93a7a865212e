import ClusterModel
import Planning
import Reporting

/// A plan as a person reads it: the waves as a table, what stands in the way, and how far it is from the bound.
struct PlanText {
    private let plan: Plan
    private let cluster: Cluster

    init(_ plan: Plan, _ cluster: Cluster) {
        self.plan = plan
        self.cluster = cluster
    }

    var text: String { [headline, waves, findings, verdict].filter { !$0.isEmpty }.joined(separator: "\n\n") }

    private var headline: String {
        let what = plan.campaign.targetVersion.map { "upgrade to \($0)" } ?? "service"
        let totals = plan.totals
        let limit = plan.policy.nodesOut(of: cluster.nodes.count)
        return "Plan: \(what) of \(totals.nodes) nodes in \(totals.waves) waves, at most \(limit) out at once"
    }

    private var waves: String {
        if plan.waves.isEmpty { return "" }
        var table = TextTable([
            .right("WAVE"), .left("NODES"), .right("PODS TO MOVE"), .left("BUDGETS TOUCHED"), .left("WHY HERE"),
        ])
        for wave in plan.waves {
            let nodes = wave.nodes.joined(separator: " ")
            let cells = ["\(wave.number)", nodes, "\(wave.moves.count)", budgets(of: wave), wave.reason]
            table.add(cells.map { TextTable.Cell($0) })
        }
        return String(table.render(color: false).dropLast())
    }

    /// The three tightest budgets of a wave.
    private func budgets(of wave: Wave) -> String {
        let tightest = wave.budgets.sorted {
            ($0.allowed - $0.evictions, $0.budget) < ($1.allowed - $1.evictions, $1.budget)
        }
        let named = tightest.prefix(3).map { "\($0.budget) \($0.evictions)/\($0.allowed * wave.rounds)" }
        let more = tightest.count > 3 ? ["+\(tightest.count - 3) more"] : []
        return named.isEmpty ? "-" : (named + more).joined(separator: ", ")
    }

    private var findings: String {
        if plan.findings.isEmpty { return "" }
        let lines = plan.findings.map { finding in
            let place = finding.node.map { "\($0): " } ?? ""
            return
                "  \(finding.severity.rawValue.uppercased())  \(place)\(finding.message) [\(finding.rule.rawValue)]\n"
                + "            fix: \(finding.fix)"
        }
        return "Findings\n" + lines.joined(separator: "\n")
    }

    private var verdict: String {
        let blocked = Set(plan.obstacles.compactMap(\.node)).count
        let nodes = blocked == 1 ? "1 node is" : "\(blocked) nodes are"
        let left = blocked > 0 ? "; \(nodes) left out because of obstacles" : ""
        if plan.waves.isEmpty { return "Nothing can be planned\(left)." }
        let totals = plan.totals
        let bounds = plan.bounds
        return "Proven. \(totals.waves) waves (no plan can have fewer than \(bounds.waves)), \(totals.rounds) rounds "
            + "(\(bounds.rounds)), \(totals.evictions) evictions (\(bounds.evictions))\(left)."
    }
}
