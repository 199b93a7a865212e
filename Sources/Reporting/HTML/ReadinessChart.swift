import ClusterModel
import Reliability

/// A workload's healthy pods over time, with the line that its budget keeps.
struct ReadinessChart {
    let workload: PeriodReport.Workload
    let page: PageContext

    private static let width = 1000.0
    private static let (left, right, top, bottom) = (46.0, 990.0, 10.0, 130.0)

    private struct Piece {
        var interval: Interval
        var healthy: Int?
        var wanted: Int
        var keep: Int?
        var isBelow: Bool

        var isTrouble: Bool { isBelow || healthy == 0 && wanted > 0 }

        func cut(to window: Interval) -> Piece? {
            interval.intersection(window).map {
                Piece(interval: $0, healthy: healthy, wanted: wanted, keep: keep, isBelow: isBelow)
            }
        }
    }

    var markup: Markup {
        let all = pieces
        guard let interval = trouble(all) else { return "" }
        let shown = all.compactMap { $0.cut(to: interval) }
        let most = max(1, shown.map { max($0.healthy ?? 0, $0.wanted, $0.keep ?? 0) }.max() ?? 1)
        let axis = TimeAxis(interval: interval, left: Self.left, right: Self.right, local: page.local)
        let figures = workload.figures
        let alt = page.words.readinessAlt(
            workload.workload,
            page.length(figures.secondsDown),
            page.length(figures.secondsBelowBudget),
            page.moment(interval.start),
            page.moment(interval.end)
        )
        return """
            <figure class="card"><h3>\(workload.workload) <span class="soft small">\(workload.kind)</span></h3>\
            <p class="small soft">\(summary)</p>\
            <div class="scroll" tabindex="0" role="group" aria-label="\(alt)">\
            <svg viewBox="0 0 \(Self.width) 152" role="img" aria-label="\(alt)">\
            \(axis.grid(top: Self.top, bottom: Self.bottom))\(scale(most))\(shown.filter { !$0.isTrouble }.map { block($0, axis, most) }.joined)\
            \(line(shown.map { ($0.interval, $0.healthy) }, "healthy", axis, most))\
            \(line(shown.map { ($0.interval, $0.keep) }, "keep", axis, most))\
            \(shown.filter(\.isTrouble).map { block($0, axis, most) }.joined)</svg></div></figure>
            """
    }

    private var summary: String {
        let figures = workload.figures
        let text =
            "\(page.words.down) \(page.length(figures.secondsDown)) · "
            + "\(page.words.belowBudget) \(page.length(figures.secondsBelowBudget))"
        return workload.budgets.isEmpty
            ? text : text + " · \(page.words.budget): \(workload.budgets.joined(separator: ", "))"
    }

    private var pieces: [Piece] {
        let steps = (workload.readiness ?? []).compactMap { step in Instant(text: step.at).map { ($0, step) } }
        return steps.indices.map { index in
            let end = index + 1 < steps.count ? steps[index + 1].0 : page.window.end
            let step = steps[index].1
            return Piece(
                interval: Interval(from: steps[index].0, to: end),
                healthy: step.healthy,
                wanted: step.wanted ?? 0,
                keep: step.keep,
                isBelow: step.belowBudget ?? false
            )
        }
    }

    /// From shortly before the first trouble to shortly after the last.
    private func trouble(_ pieces: [Piece]) -> Interval? {
        let bad = pieces.filter { piece in
            piece.isTrouble
        }
        guard let first = bad.first?.interval.start, let last = bad.last?.interval.end else { return nil }
        let margin = max(.seconds(15), last.since(first) / 8)
        return Interval(from: max(page.window.start, first + (.zero - margin)), to: min(page.window.end, last + margin))
    }

    private func y(_ count: Int, _ most: Int) -> Double {
        Self.bottom - Double(count) / Double(most) * (Self.bottom - Self.top)
    }

    private func scale(_ most: Int) -> Markup {
        [0, most].map { count -> Markup in
            """
            <line class="axis" x1="\(Self.left)" y1="\(y(count, most))" x2="\(Self.right)" y2="\(y(count, most))"/>\
            <text class="end" x="\(Self.left - 6)" y="\(y(count, most) + 4)">\(count)</text>
            """
        }.joined
    }

    private func block(_ piece: Piece, _ axis: TimeAxis, _ most: Int) -> Markup {
        let x = axis.x(piece.interval.start)
        let width = max(piece.isTrouble ? 3 : 1, axis.x(piece.interval.end) - x)
        guard let healthy = piece.healthy else {
            return
                "<rect class=\"gap\" x=\"\(x)\" y=\"\(Self.top)\" width=\"\(width)\" height=\"\(Self.bottom - Self.top)\"><title>\(page.words.unobserved)</title></rect>"
        }
        if healthy == 0, piece.wanted > 0 {
            return
                "<rect class=\"down\" x=\"\(x)\" y=\"\(Self.top)\" width=\"\(width)\" height=\"\(Self.bottom - Self.top)\"><title>\(page.words.down)</title></rect>"
        }
        let top = y(healthy, most)
        if piece.isBelow {
            return
                "<rect class=\"below\" x=\"\(x)\" y=\"\(top)\" width=\"\(width)\" height=\"\(Self.bottom - top)\"><title>\(page.words.belowBudget)</title></rect>"
        }
        return "<rect class=\"area\" x=\"\(x)\" y=\"\(top)\" width=\"\(width)\" height=\"\(Self.bottom - top)\"/>"
    }

    /// Steps; parted where there is no number.
    private func line(_ values: [(Interval, Int?)], _ style: String, _ axis: TimeAxis, _ most: Int) -> Markup {
        var path = ""
        var drawing = false
        for (interval, value) in values {
            guard let value else {
                drawing = false
                continue
            }
            let (from, to, height) = (axis.x(interval.start), axis.x(interval.end), y(value, most))
            let point: Markup = "\(from) \(height)"
            let end: Markup = "\(to)"
            path += "\(drawing ? "L" : "M")\(point.text)H\(end.text)"
            drawing = true
        }
        return path.isEmpty ? "" : "<path class=\"\(style)\" d=\"\(path)\"/>"
    }
}
