/// A period's report for a terminal.
package enum PeriodTable {
    /// Workloads and nodes that felt something; the others are counted.
    private static let listed = 40

    /// The headline, the objectives, the workloads and nodes that felt something, and the runs.
    ///
    /// `width` is the terminal's, in columns; `color` is false for a file, a pipe or `NO_COLOR`.
    package static func render(_ report: PeriodReport, width: Int, color: Bool) -> String {
        let tables = [
            objectives(report), workloads(report), ProbeTable.table(report.probes), nodes(report), runs(report),
        ]
        let texts = tables.map { $0.render(width: width, color: color) }.filter { !$0.isEmpty }
        return ([head(report, color: color)] + texts).joined(separator: "\n")
    }

    private static func head(_ report: PeriodReport, color: Bool) -> String {
        let totals = report.totals
        let period = report.period
        let page = PageContext(report, .en)
        let headline =
            "\(report.cluster), \(period.name): \(percent(totals.availability)) available, "
            + "\(length(totals.secondsDown)) down (\(length(totals.secondsDownUnplanned)) unplanned), "
            + "\(length(totals.secondsBelowBudget)) below any budget"
        var lines: [(String, TextStyle)] = [
            (headline, .bold),
            ("from \(page.moment(period.from)) to \(page.moment(period.to)), \(period.timeZone)", .dim),
            (means(report), .plain),
        ]
        if report.observation.secondsUnobserved > 0 {
            let gaps = report.observation.gaps.count
            let unseen = length(report.observation.secondsUnobserved)
            lines.append(
                ("nobody looked for \(unseen) (\(gaps) \(gaps == 1 ? "gap" : "gaps")): in no figure", .warning)
            )
        }
        return lines.map { $1.apply(to: TerminalText.plain($0), color: color) + "\n" }.joined()
    }

    private static func means(_ report: PeriodReport) -> String {
        let totals = report.totals
        var parts = ["\(totals.outages) \(totals.outages == 1 ? "outage" : "outages")"]
        if let mean = totals.mttr { parts.append("mean time to repair \(length(mean))") }
        if let mean = totals.mtbf { parts.append("between failures \(length(mean))") }
        let changes = report.changes
        if let rate = changes.failureRate {
            parts.append("\(changes.services) node services, \(percent(rate)) failed")
        }
        return parts.joined(separator: ", ")
    }

    private static func objectives(_ report: PeriodReport) -> TextTable {
        var table = TextTable([
            .left("OBJECTIVE", mayShrink: true), .right("TARGET"), .right("AVAILABLE"), .right("ALLOWED"),
            .right("SPENT"), .right("LEFT"), .left("MAINTENANCE"), .left("KEPT"),
        ])
        for objective in report.objectives {
            table.add([
                .init(objective.workload), .init(percent(objective.target)), .init(percent(objective.availability)),
                .init(length(objective.counted.secondsAllowed)), .init(length(objective.counted.secondsSpent)),
                .init(length(objective.counted.secondsLeft)), .init(objective.plannedCounts ? "counted" : "excluded"),
                .init(objective.kept ? "yes" : "no", objective.kept ? .good : .bad),
            ])
        }
        return table
    }

    private static func workloads(_ report: PeriodReport) -> TextTable {
        var table = TextTable([
            .left("WORKLOAD", mayShrink: true), .left("KIND"), .right("AVAILABLE"), .right("DOWN"),
            .right("UNPLANNED"), .right("BELOW BUDGET"), .right("OUTAGES"), .right("MTTR"), .right("UNOBSERVED"),
        ])
        let felt = report.workloads.filter(\.figures.feltSomething)
        for workload in felt.prefix(listed) {
            let figures = workload.figures
            table.add([
                .init(workload.workload), .init(workload.kind), .init(percent(figures.availability)),
                .init(length(figures.secondsDown), figures.secondsDown > 0 ? .bad : .plain),
                .init(length(figures.secondsDownUnplanned)),
                .init(length(figures.secondsBelowBudget), figures.secondsBelowBudget > 0 ? .warning : .plain),
                .init("\(figures.outages)"), .init(figures.mttr.map(length) ?? ""),
                .init(length(figures.secondsUnobserved)),
            ])
        }
        let others = report.workloads.count - min(felt.count, listed)
        if others > 0, felt.count <= listed { table.add([.init("\(others) others felt nothing", .dim)]) }
        if felt.count > listed { table.add([.init("and \(others) others", .dim)]) }
        return table
    }

    private static func nodes(_ report: PeriodReport) -> TextTable {
        var table = TextTable([
            .left("NODE", mayShrink: true), .left("ZONE"), .right("OUT"), .right("SERVICES"), .right("FAILED"),
            .right("NOT READY"), .right("UNPLANNED"), .right("OUTAGES"),
        ])
        let moved = report.nodes.filter { $0.secondsOutOfService > 0 || $0.figures.outages > 0 }
        for node in moved.prefix(listed) {
            table.add([
                .init(node.node), .init(node.zone ?? ""), .init(length(node.secondsOutOfService)),
                .init("\(node.services)"), .init("\(node.failed)", node.failed > 0 ? .bad : .plain),
                .init(length(node.figures.secondsDown)), .init(length(node.figures.secondsDownUnplanned)),
                .init("\(node.figures.outages)"),
            ])
        }
        if moved.count > listed { table.add([.init("and \(moved.count - listed) others", .dim)]) }
        return table
    }

    private static func runs(_ report: PeriodReport) -> TextTable {
        var table = TextTable([
            .left("RUN", mayShrink: true), .left("STARTED"), .left("STATE"), .right("NODES"), .right("FAILED"),
            .right("EVICTIONS"), .right("TOOK"),
        ])
        for run in report.runs {
            table.add([
                .init(run.id), .init(run.startedAt),
                .init(run.state.rawValue, run.state == .finished ? .good : .warning),
                .init("\(run.returned) of \(run.nodes)"), .init("\(run.failed)", run.failed > 0 ? .bad : .plain),
                .init("\(run.evictions)"), .init(length(run.seconds)),
            ])
        }
        return table
    }

    private static func length(_ seconds: Double) -> String { FigureText.length(seconds) }
    private static func percent(_ share: Double?) -> String { FigureText.percent(share) }
}

/// Figures as people read them; the same in every form of a report.
enum FigureText {
    static func length(_ seconds: Double) -> String {
        DurationLabel.text(.milliseconds(Int64((seconds * 1000).rounded())))
    }

    /// `99.95 %`, up to five decimals, cut and not rounded: what falls short of a target must not look as if it met it.
    static func percent(_ share: Double?) -> String {
        guard let share else { return "—" }
        // A share that stands for 99.95 % may lie a hair below it.
        let units = Int64((share * 10_000_000 + 1e-6).rounded(.down))
        let digits = String(units % 100_000)
        var decimals = String(repeating: "0", count: 5 - digits.count) + digits
        while decimals.hasSuffix("0") { decimals.removeLast() }
        return decimals.isEmpty ? "\(units / 100_000) %" : "\(units / 100_000).\(decimals) %"
    }
}
