import Foundation
import Reliability

/// A period's report as one HTML file that needs nothing else: no network, no script.
package enum ReportPage {
    /// Workloads whose readiness is drawn.
    private static let charts = 12

    package static func render(_ report: PeriodReport, language: ReportLanguage) -> String {
        let page = PageContext(report, language)
        let words = page.words
        let tables = PageTables(report: report, page: page)
        let markup: Markup = """
            <!doctype html>
            <html lang="\(language.rawValue)"><head><meta charset="utf-8">\
            <meta name="viewport" content="width=device-width,initial-scale=1">\
            <meta http-equiv="Content-Security-Policy" content="default-src 'none';style-src 'unsafe-inline'">\
            <title>\(words.title) · \(report.cluster) · \(report.period.name)</title>\
            <style>\(Markup(raw: PageStyle.text))</style></head><body>
            <a class="skip" href="#content">\(words.skip)</a>
            \(header(report, page))
            <main id="content">
            \(tiles(report, page))
            <section aria-labelledby="objectives"><h2 id="objectives">\(words.objectives)</h2>\(tables.objectives)</section>
            \(done(report, page))
            \(pictures(report, page))
            <section aria-labelledby="workloads"><h2 id="workloads">\(words.workloads)</h2>\(tables.workloads)</section>
            \(ProbeSection(probes: report.probes, page: page).markup)
            <section aria-labelledby="nodes"><h2 id="nodes">\(words.nodes)</h2>\(tables.nodes)</section>
            \(glossary(page))
            </main>
            <footer><p>\(words.made)</p></footer>
            <script type="application/json" id="report">\(Markup(raw: json(report)))</script>
            </body></html>

            """
        return markup.text
    }

    private static func header(_ report: PeriodReport, _ page: PageContext) -> Markup {
        let unseen = report.observation.secondsUnobserved
        let seen: Markup =
            unseen > 0
            ? "<p class=\"warn\">\(page.words.gapText(page.length(unseen), report.observation.gaps.count))</p>"
            : "<p class=\"soft\">\(page.words.observedFully)</p>"
        return """
            <header><h1>\(page.words.title): \(report.cluster)</h1><p class="soft"><strong>\(report.period.name)</strong> · \
            \(page.moment(page.window.start)) – \(page.moment(page.window.end)) (\(report.period.timeZone))</p>\(seen)</header>
            """
    }

    private static func tiles(_ report: PeriodReport, _ page: PageContext) -> Markup {
        let words = page.words
        let totals = report.totals
        let tiles = [
            tile(words.availability, page.percent(totals.availability, at: "totals.availability"), "\(words.ofTime)"),
            tile(
                words.downtime,
                page.length(totals.secondsDown, at: "totals.secondsDown"),
                """
                \(words.planned) \(page.length(totals.secondsDownPlanned, at: "totals.secondsDownPlanned"))<br>\
                \(words.unplanned) \(page.length(totals.secondsDownUnplanned, at: "totals.secondsDownUnplanned"))
                """
            ),
            tile(
                words.mttr,
                totals.outages > 0 ? page.length(totals.mttr, at: "totals.mttr") : "—",
                totals.outages > 0 ? "\(words.outageText(totals.outages))" : "\(words.noOutage)"
            ),
            tile(
                words.whatWasDone,
                page.count(report.changes.services, at: "changes.services"),
                """
                \(words.nodesServiced)<br>\(words.changeFailure) \
                \(page.percent(report.changes.failureRate, at: "changes.failureRate"))
                """
            ),
        ]
        return "<ul class=\"tiles\">\(tiles.joined)</ul>"
    }

    private static func tile(_ name: String, _ value: Markup, _ note: Markup) -> Markup {
        """
        <li class="tile"><span class="name">\(name)</span><span class="value">\(value)</span>\
        <span class="note">\(note)</span></li>
        """
    }

    private static func done(_ report: PeriodReport, _ page: PageContext) -> Markup {
        let runs = report.runs.enumerated().map { index, run -> Markup in
            let finished = run.waves.count(where: \.finished)
            let text = page.words.runText(
                run.purpose,
                run.returned,
                run.nodes,
                finished,
                page.length(run.seconds),
                run.evictions
            )
            let style = run.state == .finished ? "good" : "warn"
            let moves: Markup =
                run.movesPerPod == nil
                ? ""
                : " · \(page.words.movesPerPod) \(page.ratio(run.movesPerPod, at: "runs.\(index).movesPerPod"))"
            let reason: Markup = run.reason.map { "<br><span class=\"soft\">\($0)</span>" } ?? ""
            return """
                <li>\(page.moment(run.startedAt)) <span class="badge \(style)">\(page.words.states[run.state] ?? "")</span> \
                \(text)\(moves) <span class="soft small">\(run.id), \(run.startedBy)</span>\(reason)</li>
                """
        }.joined
        let list: Markup = report.runs.isEmpty ? "<p>\(page.words.nothingDone)</p>" : "<ul class=\"done\">\(runs)</ul>"
        return """
            <section aria-labelledby="done"><h2 id="done">\(page.words.whatWasDone)</h2>\(list)</section>
            """
    }

    private static func pictures(_ report: PeriodReport, _ page: PageContext) -> Markup {
        let words = page.words
        let gantts = report.runs.enumerated().map { index, run -> Markup in
            "\(GanttChart(run: run, page: page).markup)\(ServiceTable(run: run, index: index, page: page).markup)"
        }.joined
        let felt = report.workloads.filter(\.figures.feltSomething).prefix(charts)
        let readiness = felt.map { ReadinessChart(workload: $0, page: page).markup }.joined
        let budgets = report.objectives.map { BudgetChart(objective: $0, page: page).markup }.joined
        let steps = report.steps.isEmpty ? "" : PageTables(report: report, page: page).steps
        let sections = [
            section("campaigns", words.campaigns, gantts),
            section(
                "readiness",
                words.readiness,
                readiness.text.isEmpty ? "" : "\(readiness)\(readinessLegend(words))"
            ),
            section("burn", words.budgetBurn, budgets.text.isEmpty ? "" : "\(budgets)\(budgetLegend(words))"),
            section("steps", words.steps, steps),
        ]
        return "<div class=\"pictures\">\(sections.joined)</div>"
    }

    private static func section(_ id: String, _ title: String, _ content: Markup) -> Markup {
        content.text.isEmpty
            ? "" : "<section aria-labelledby=\"\(id)\"><h2 id=\"\(id)\">\(title)</h2>\(content)</section>"
    }

    private static func readinessLegend(_ words: Wording) -> Markup {
        """
        <ul class="legend"><li>\(swatch("<path class=\"healthy\" d=\"M0 5H18\"/>"))\(words.healthyLine)</li>\
        <li>\(swatch("<path class=\"keep\" d=\"M0 5H18\"/>"))\(words.keepLine)</li>\
        <li>\(swatch("<rect class=\"down\" width=\"18\" height=\"10\"/>"))\(words.down)</li>\
        <li>\(swatch("<rect class=\"below\" width=\"18\" height=\"10\"/>"))\(words.belowBudget)</li>\
        <li>\(swatch("<rect class=\"gap\" width=\"18\" height=\"10\"/>"))\(words.unobserved)</li></ul>
        """
    }

    private static func budgetLegend(_ words: Wording) -> Markup {
        """
        <ul class="legend"><li>\(swatch("<path class=\"left\" d=\"M0 5H18\"/>"))\(words.errorBudget): \(words.left)</li>\
        <li>\(swatch("<line class=\"ideal\" x1=\"0\" y1=\"5\" x2=\"18\" y2=\"5\"/>"))\(words.evenPace)</li></ul>
        """
    }

    private static func swatch(_ shape: Markup) -> Markup {
        "<svg viewBox=\"0 0 18 10\" aria-hidden=\"true\">\(shape)</svg>"
    }

    private static func glossary(_ page: PageContext) -> Markup {
        let entries = page.words.glossary.map { "<dt>\($0)</dt><dd>\($1)</dd>" as Markup }.joined
        return """
            <section aria-labelledby="meaning"><h2 id="meaning">\(page.words.definitions)</h2><dl>\(entries)</dl></section>
            """
    }

    /// Within a script element nothing is markup but the element's own end.
    private static func json(_ report: PeriodReport) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let data = (try? encoder.encode(report)) ?? Data("null".utf8)
        return String(decoding: data, as: UTF8.self).replacing("<", with: "\\u003c")
    }
}
