import ClusterModel
import Reliability
import Rollout

/// A run as bars: a row for each node, its way out of service and back over time, the waves behind them.
struct GanttChart {
    let run: PeriodReport.Run
    let page: PageContext

    private static let rows = 150
    private static let label = 210.0
    private static let width = 1000.0
    private static let top = 26.0

    private struct Bar {
        var part: PeriodReport.Span.Part
        var interval: Interval
    }

    /// Nothing where no node left service.
    var markup: Markup {
        let services = ordered
        guard !services.isEmpty else { return "" }
        let height = services.count > 40 ? 14.0 : 24.0
        let bottom = Self.top + Double(services.count) * height
        let axis = TimeAxis(interval: interval, left: Self.label, right: Self.width - 12, local: page.local)
        let rows = services.enumerated().map { row($1, y: Self.top + Double($0) * height, height, axis) }.joined
        let alt = page.words.ganttAlt(
            services.count,
            run.waves.count,
            page.moment(interval.start),
            page.moment(interval.end)
        )
        return """
            <figure class="card"><h3>\(run.id)</h3><div class="scroll" tabindex="0" role="group" aria-label="\(alt)">\
            <svg viewBox="0 0 \(Self.width) \(bottom + 24)" role="img" aria-label="\(alt)">\
            \(bands(axis, bottom))\(axis.grid(top: Self.top, bottom: bottom))\(rows)</svg></div>\
            \(legend)\(omitted(services.count))</figure>
            """
    }

    private var ordered: [PeriodReport.Service] {
        let moved = run.services.filter { !$0.spans.isEmpty }
        return Array(
            moved.sorted { ($0.wave, $0.spans[0].from, $0.node) < ($1.wave, $1.spans[0].from, $1.node) }
                .prefix(Self.rows)
        )
    }

    private var interval: Interval {
        let start = Instant(text: run.startedAt) ?? page.window.start
        return Interval(from: start, to: start + .milliseconds(Int64((run.seconds * 1000).rounded())))
    }

    private func bands(_ axis: TimeAxis, _ bottom: Double) -> Markup {
        run.waves.enumerated().map { index, wave -> Markup in
            guard let from = Instant(text: wave.from), let to = Instant(text: wave.to) else { return "" }
            let (x, width) = (axis.x(from), max(1, axis.x(to) - axis.x(from)))
            let name: Markup =
                width > 26 || index == 0
                ? "<text x=\"\(x + 3)\" y=\"16\">\(width > 70 ? page.words.wave(wave.number) : String(wave.number))</text>"
                : ""
            let shade: Markup =
                index % 2 == 0
                ? "<rect class=\"band\" x=\"\(x)\" y=\"2\" width=\"\(width)\" height=\"\(bottom - 2)\"/>" : ""
            return "\(shade)\(name)"
        }.joined
    }

    private func row(_ service: PeriodReport.Service, y: Double, _ height: Double, _ axis: TimeAxis) -> Markup {
        let bars = service.spans.map { span -> Markup in
            guard let from = Instant(text: span.from), let to = Instant(text: span.to) else { return "" }
            let width = max(1.5, axis.x(to) - axis.x(from))
            let title = "\(service.node): \(page.words.part(span.part)), \(page.length(to.since(from).seconds))"
            return """
                <rect class="\(span.part.rawValue)" x="\(axis.x(from))" y="\(y + 3)" width="\(width)" \
                height="\(height - 6)" rx="2"><title>\(title)</title></rect>
                """
        }.joined
        let mark = service.state == .failed ? "✗ " : ""
        let name = TerminalText.cut(mark + service.node, to: 30)
        return """
            <text class="ink end" x="\(Self.label - 10)" y="\(y + height / 2 + 4)">\(name)</text>\(bars)
            """
    }

    private var legend: Markup {
        let entries = PeriodReport.Span.Part.allCases.map { part -> Markup in
            "<li><svg viewBox=\"0 0 18 10\" aria-hidden=\"true\"><rect class=\"\(part.rawValue)\" width=\"18\" height=\"10\" rx=\"2\"/></svg>\(page.words.part(part))</li>"
        }.joined
        return "<ul class=\"legend\">\(entries)</ul>"
    }

    private func omitted(_ shown: Int) -> Markup {
        let rest = run.services.count { !$0.spans.isEmpty } - shown
        return rest > 0 ? "<p class=\"small soft\">\(page.words.more(rest))</p>" : ""
    }
}
