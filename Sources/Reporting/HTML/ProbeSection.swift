/// What workloads looked like from outside, beside what their ready pods said.
struct ProbeSection {
    let probes: [PeriodReport.Probe]
    let page: PageContext

    /// Nothing where nothing was probed.
    var markup: Markup {
        if probes.isEmpty { return "" }
        let words = page.words
        let heads = [
            words.workload, words.probe, words.availability, words.down, words.atMost, words.byReadyPods, "P50", "P99",
            words.failedLooks,
        ]
        let cells = heads.enumerated().map { index, head -> Markup in
            "<th scope=\"col\"\(index < 2 ? Markup(raw: " class=\"l\"") : "")>\(head)</th>"
        }.joined
        return """
            <section aria-labelledby="probes"><h2 id="probes">\(words.probes)</h2>\
            <div class="card scroll" tabindex="0" role="group" aria-label="\(words.probes)"><table>\
            <caption>\(words.probes)</caption><thead><tr>\(cells)</tr></thead><tbody>\(rows)</tbody></table></div></section>
            """
    }

    private var rows: Markup {
        probes.enumerated().map { index, probe -> Markup in
            let path = "probes.\(index)"
            let latency = probe.looks?.latency
            return """
                <tr><th scope="row" class="l">\(probe.workload)</th>\
                <td class="l wrap">\(probe.name)<span class="sub">\(probe.source), \
                \(page.length(probe.secondsInterval, at: path + ".secondsInterval"))</span></td>\
                <td>\(page.percent(probe.figures.availability, at: path + ".figures.availability"))</td>\
                <td>\(page.length(probe.figures.secondsDown, at: path + ".figures.secondsDown"))</td>\
                <td>\(page.length(probe.secondsDownAtMost, at: path + ".secondsDownAtMost"))</td>\
                <td>\(page.length(probe.secondsDownByReadiness, at: path + ".secondsDownByReadiness"))</td>\
                <td>\(page.latency(latency?.secondsP50, at: path + ".looks.latency.secondsP50"))</td>\
                <td>\(page.latency(latency?.secondsP99, at: path + ".looks.latency.secondsP99"))</td>\
                <td>\(looks(probe.looks, path + ".looks"))</td></tr>
                """
        }.joined
    }

    private func looks(_ looks: PeriodReport.Looks?, _ path: String) -> Markup {
        guard let looks else { return "—" }
        return """
            \(page.count(looks.failed, at: path + ".failed"))<span class="sub">✓ \(page.count(looks.good, at: path + ".good"))\
            </span>
            """
    }
}
