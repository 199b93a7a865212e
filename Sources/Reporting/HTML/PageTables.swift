/// A page's tables.
struct PageTables {
    let report: PeriodReport
    let page: PageContext

    private static let rows = 60

    var objectives: Markup {
        let words = page.words
        if report.objectives.isEmpty { return "<p class=\"soft\">\(words.noObjective)</p>" }
        let rows = report.objectives.enumerated().map { index, objective -> Markup in
            let path = "objectives.\(index)"
            let share = objective.counted.spentShare ?? 0
            return """
                <tr><th scope="row" class="l">\(objective.workload)</th>\
                <td>\(page.percent(objective.target, at: path + ".target"))</td>\
                <td>\(page.percent(objective.availability, at: path + ".availability"))\
                <span class="sub">\(words.withPlanned) \
                \(page.percent(objective.withPlanned.availability, at: path + ".withPlanned.availability"))</span>\
                <span class="sub">\(words.withoutPlanned) \
                \(page.percent(objective.withoutPlanned.availability, at: path + ".withoutPlanned.availability"))</span></td>\
                <td>\(bar(share)) \(page.percent(objective.counted.spentShare, at: path + ".counted.spentShare"))</td>\
                <td>\(page.length(objective.counted.secondsLeft, at: path + ".counted.secondsLeft"))</td>\
                <td>\(objective.plannedCounts ? words.counted : words.excluded)</td><td>\(badge(objective.kept))</td></tr>
                """
        }.joined
        return table(
            caption: words.objectives,
            heads: [
                words.objective, words.target, words.availability,
                words.errorBudget + ": " + words.spent, words.left, words.maintenance, "",
            ],
            rows: rows
        )
    }

    var workloads: Markup {
        let felt = report.workloads.enumerated().filter { $0.element.figures.feltSomething }.prefix(Self.rows)
        let others = report.workloads.count - felt.count
        let tail: Markup = others > 0 ? "<p class=\"soft small\">\(page.words.othersText(others))</p>" : ""
        if felt.isEmpty { return "<p>\(page.words.nothingFelt)</p>" }
        let words = page.words
        let rows = felt.map { index, workload -> Markup in
            let path = "workloads.\(index).figures"
            let figures = workload.figures
            return """
                <tr><th scope="row" class="l">\(workload.workload)</th><td class="l">\(workload.kind)</td>\
                <td>\(page.percent(figures.availability, at: path + ".availability"))</td>\
                <td>\(page.length(figures.secondsDown, at: path + ".secondsDown"))</td>\
                <td>\(page.length(figures.secondsDownUnplanned, at: path + ".secondsDownUnplanned"))</td>\
                <td>\(page.length(figures.secondsBelowBudget, at: path + ".secondsBelowBudget"))</td>\
                <td>\(page.count(figures.outages, at: path + ".outages"))</td>\
                <td>\(page.length(figures.mttr, at: path + ".mttr"))</td>\
                <td>\(page.length(figures.secondsUnobserved, at: path + ".secondsUnobserved"))</td></tr>
                """
        }.joined
        let heads = [
            words.workload, words.kind, words.availability, words.down, words.unplanned, words.belowBudget,
            words.outages,
            words.mttr, words.unobserved,
        ]
        return "\(table(caption: words.workloads, heads: heads, left: 2, rows: rows))\(tail)"
    }

    var nodes: Markup {
        let words = page.words
        let moved = report.nodes.enumerated()
            .filter { $0.element.secondsOutOfService > 0 || $0.element.figures.outages > 0 }.prefix(Self.rows)
        if moved.isEmpty { return "<p>\(words.nothingDone)</p>" }
        let rows = moved.map { index, node -> Markup in
            let path = "nodes.\(index)"
            return """
                <tr><th scope="row" class="l">\(node.node)</th><td class="l">\(node.zone ?? "")</td>\
                <td>\(page.length(node.secondsOutOfService, at: path + ".secondsOutOfService"))</td>\
                <td>\(page.count(node.services, at: path + ".services"))</td>\
                <td>\(page.count(node.failed, at: path + ".failed"))</td>\
                <td>\(page.length(node.figures.secondsDown, at: path + ".figures.secondsDown"))</td>\
                <td>\(page.length(node.figures.secondsDownUnplanned, at: path + ".figures.secondsDownUnplanned"))</td></tr>
                """
        }.joined
        let heads = [
            words.node, words.zone, words.outOfService, words.services, words.failedTimes, words.notReady,
            words.unplanned,
        ]
        return table(caption: words.nodes, heads: heads, left: 2, rows: rows)
    }

    var steps: Markup {
        let words = page.words
        let longest = report.steps.map(\.secondsLongest).max() ?? 0
        let rows = report.steps.enumerated().map { index, step -> Markup in
            let path = "steps.\(index)"
            return """
                <tr><th scope="row" class="l">\(step.name)</th><td>\(page.count(step.count, at: path + ".count"))</td>\
                <td>\(page.count(step.failed, at: path + ".failed"))</td>\
                <td>\(page.count(step.retries, at: path + ".retries"))</td>\
                <td>\(page.length(step.secondsMedian, at: path + ".secondsMedian"))</td>\
                <td>\(page.length(step.secondsLongest, at: path + ".secondsLongest"))</td>\
                <td>\(meanBar(step, longest)) \(page.length(step.secondsMean, at: path + ".secondsMean"))</td></tr>
                """
        }.joined
        let heads = [
            words.step, words.times, words.failedTimes, words.retries, words.median, words.longest, words.mean,
        ]
        return table(caption: words.steps, heads: heads, rows: rows)
    }

    private func table(caption: String, heads: [String], left: Int = 1, rows: Markup) -> Markup {
        let cells = heads.enumerated().map { index, head -> Markup in
            head.isEmpty
                ? "<td></td>" : "<th scope=\"col\"\(index < left ? Markup(raw: " class=\"l\"") : "")>\(head)</th>"
        }.joined
        return """
            <div class="card scroll" tabindex="0" role="group" aria-label="\(caption)"><table><caption>\(caption)</caption>\
            <thead><tr>\(cells)</tr></thead><tbody>\(rows)</tbody></table></div>
            """
    }

    private func badge(_ kept: Bool) -> Markup {
        kept
            ? "<span class=\"badge good\">✓ \(page.words.kept)</span>"
            : "<span class=\"badge bad\">✗ \(page.words.broken)</span>"
    }

    private func bar(_ share: Double) -> Markup {
        let style = share > 1 ? "over" : "spent"
        return """
            <svg class="bar" viewBox="0 0 100 8" aria-hidden="true"><rect class="track" width="100" height="8" rx="4"/>\
            <rect class="\(style)" width="\(min(100, max(0, share * 100)))" height="8" rx="4"/></svg>
            """
    }

    private func meanBar(_ step: PeriodReport.Step, _ longest: Double) -> Markup {
        let scale = longest > 0 ? 100 / longest : 0
        let end = step.secondsLongest * scale
        return """
            <svg class="bar" viewBox="0 0 100 8" aria-hidden="true"><rect class="mean" width="\(step.secondsMean * scale)" \
            height="8" rx="2"/><line class="longest" x1="\(end)" x2="\(end)" y1="0" y2="8"/></svg>
            """
    }
}
