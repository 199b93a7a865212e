/// A run's nodes with the parts of their time.
struct ServiceTable {
    /// The run, and its place in the JSON.
    let run: PeriodReport.Run
    let index: Int
    let page: PageContext

    private static let rows = 60

    /// Nothing where no node left service.
    var markup: Markup {
        let moved = run.services.enumerated().filter { $0.element.outOfService > 0 }
        if moved.isEmpty { return "" }
        let words = page.words
        let heads = [
            words.node, words.outOfService, words.drain, words.service, words.reboot, words.verify, words.giveBack,
            words.recovery, words.pods,
        ]
        let cells = heads.enumerated().map { index, head -> Markup in
            "<th scope=\"col\"\(index == 0 ? Markup(raw: " class=\"l\"") : "")>\(head)</th>"
        }.joined
        let rest = moved.count - Self.rows
        let more: Markup = rest > 0 ? "<p class=\"small soft\">\(words.more(rest))</p>" : ""
        return """
            <div class="card scroll" tabindex="0" role="group" aria-label="\(run.id): \(words.partsOfTime)"><table>\
            <caption>\(run.id): \(words.partsOfTime)</caption><thead><tr>\(cells)</tr></thead>\
            <tbody>\(moved.prefix(Self.rows).map(row).joined)</tbody></table></div>\(more)
            """
    }

    private func row(_ place: Int, _ service: PeriodReport.Service) -> Markup {
        let path = "runs.\(index).services.\(place)"
        return """
            <tr><th scope="row" class="l">\(service.node)</th>\
            <td>\(page.length(service.outOfService, at: path + ".outOfService"))</td>\
            <td>\(page.length(service.drain, at: path + ".drain"))</td>\
            <td>\(page.length(service.service, at: path + ".service"))</td>\
            <td>\(page.length(service.reboot, at: path + ".reboot"))</td>\
            <td>\(page.length(service.verify, at: path + ".verify"))</td>\
            <td>\(page.length(service.return, at: path + ".return"))</td>\
            <td>\(page.length(service.recovery, at: path + ".recovery"))</td>\
            <td>\(page.count(service.evictions, at: path + ".evictions"))</td></tr>
            """
    }
}
