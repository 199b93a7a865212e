import ClusterModel
import Rollout

/// A report for a terminal.
package enum ReportTable {
    /// The headline, the nodes, and the workloads that felt something.
    ///
    /// `width` is the terminal's, in columns; `color` is false for a file, a pipe or `NO_COLOR`.
    package static func render(_ report: Report, width: Int, color: Bool) -> String {
        [
            head(report, color: color),
            nodes(report).render(width: width, color: color),
            workloads(report, width: width, color: color),
            ProbeTable.table(report.probes).render(width: width, color: color),
        ].filter { !$0.isEmpty }.joined(separator: "\n")
    }

    // MARK: Head

    private static func head(_ report: Report, color: Bool) -> String {
        let run = report.run
        let begun = "run \(run.id) on \(run.cluster), begun by \(run.startedBy) at \(run.startedAt)"
        let lines: [(String, TextStyle)?] = [
            (headline(report), .bold), run.reason.map { ("it stopped: \($0)", .warning) }, (begun, .dim),
            (figures(report), .plain),
        ]
        return lines.compactMap(\.self).map { text, style in
            style.apply(to: TerminalText.plain(text), color: color) + "\n"
        }.joined()
    }

    private static func headline(_ report: Report) -> String {
        let totals = report.totals
        let nodes = "\(totals.returned) of \(counted(totals.nodes, "node", "nodes"))"
        let time = text(totals.duration)
        let progress =
            switch report.run.state {
            case .finished: "\(nodes) serviced in \(time)"
            case .running: "\(nodes) serviced so far, in \(time)"
            case .halted: "halted after \(time) with \(nodes) serviced"
            case .interrupted: "interrupted after \(time) with \(nodes) serviced"
            }
        let felt = "\(text(totals.secondsBelowBudget)) below any budget, \(text(totals.secondsDown)) down"
        return "\(progress); \(felt)"
    }

    private static func figures(_ report: Report) -> String {
        var parts = [
            counted(report.totals.waves, "wave finished", "waves finished"),
            counted(report.evictions, "eviction", "evictions"),
            counted(report.refusals, "refusal", "refusals"),
        ]
        if let moves = report.movesPerPod { parts.append("\(FigureText.ratio(moves)) moves per pod") }
        if report.totals.failed > 0 { parts.append(counted(report.totals.failed, "node failed", "nodes failed")) }
        if let mean = report.nodeMeanTimeOut { parts.append("a node was out for \(text(mean)) on average") }
        if let mean = report.mttr { parts.append("mean time to repair \(text(mean))") }
        return parts.joined(separator: ", ")
    }

    // MARK: Nodes

    private static func nodes(_ report: Report) -> TextTable {
        // Few playbooks reboot, and a table has few columns to give away.
        let reboots = report.nodes.contains { $0.reboot > 0 }
        var columns: [TextTable.Column] = [
            .left("NODE", mayShrink: true), .right("WAVE"), .left("STATE"), .right("OUT"), .right("DRAIN"),
            .right("SERVICE"),
        ]
        if reboots { columns.append(.right("REBOOT")) }
        columns += [.right("RETURN"), .right("RECOVERY"), .right("PODS"), .left("STEPS", mayShrink: true)]
        var table = TextTable(columns)
        for node in report.nodes {
            var cells: [TextTable.Cell] = [
                .init(node.node), .init("\(node.wave)"), .init(node.state.rawValue, style(of: node)),
                .init(text(node.outOfService)), .init(text(node.drain)), .init(text(node.service)),
            ]
            if reboots { cells.append(.init(text(node.reboot))) }
            cells += [
                .init(text(node.return)), .init(text(node.recovery)), .init("\(node.evictions)"), steps(node.steps),
            ]
            table.add(cells)
        }
        return table
    }

    private static func style(of node: Report.Node) -> TextStyle {
        switch node.state {
        case .failed: .bad
        case .returned, .recovered: .good
        case .waiting, .admitted: .dim
        default: .plain
        }
    }

    private static func steps(_ steps: [Report.Step]) -> TextTable.Cell {
        if let failed = steps.last(where: { $0.outcome == .failed }) {
            return .init("\(failed.name) failed (\(counted(failed.attempts, "attempt", "attempts")))", .bad)
        }
        let retried = steps.reduce(0) { $0 + max(0, $1.attempts - 1) }
        let tail = retried == 0 ? "" : " (\(counted(retried, "retry", "retries")))"
        return .init(steps.isEmpty ? "" : "\(steps.count) done\(tail)")
    }

    // MARK: Workloads

    private static func workloads(_ report: Report, width: Int, color: Bool) -> String {
        let felt = report.workloads.filter(\.feltSomething)
        let rest = calm(report, others: !felt.isEmpty)
        guard !felt.isEmpty else { return rest }
        var table = TextTable([
            .left("WORKLOAD", mayShrink: true), .left("KIND"), .right("BELOW BUDGET"), .right("DOWN"),
            .right("OUTAGES"), .right("UNOBSERVED"), .left("BUDGETS", mayShrink: true),
        ])
        for workload in felt {
            table.add([
                .init(workload.workload), .init(workload.kind),
                .init(
                    workload.hasBudget ? text(workload.secondsBelowBudget) : "",
                    workload.secondsBelowBudget > 0 ? .warning : .plain
                ),
                .init(text(workload.secondsDown), workload.secondsDown > 0 ? .bad : .plain),
                .init("\(workload.outages)"), .init(text(workload.secondsUnobserved)),
                .init(workload.budgets.joined(separator: ", "), .dim),
            ])
        }
        return table.render(width: width, color: color) + rest
    }

    /// The line for the workloads that felt nothing; it says so where nobody looked for a while.
    private static func calm(_ report: Report, others: Bool) -> String {
        let calm = report.workloads.filter { !$0.feltSomething }
        if report.workloads.isEmpty { return "no workload was looked at\n" }
        if calm.isEmpty { return "" }
        let who = others ? counted(calm.count, "other", "others") : counted(calm.count, "workload", "workloads")
        let unseen = calm.map(\.secondsUnobserved).max() ?? 0
        let proviso = unseen > 0 ? ", as far as anybody looked: for up to \(text(unseen)) nobody could" : ""
        return "\(who) felt nothing\(proviso)\n"
    }

    private static func text(_ seconds: Double) -> String {
        DurationLabel.text(.milliseconds(Int64((seconds * 1000).rounded())))
    }

    private static func counted(_ count: Int, _ one: String, _ many: String) -> String {
        "\(count) \(count == 1 ? one : many)"
    }
}
