import ClusterModel
import Reliability

/// How an objective's error budget went, against the even pace that would spend exactly all of it.
struct BudgetChart {
    let objective: PeriodReport.Objective
    let page: PageContext

    private static let (left, right, top, bottom) = (56.0, 990.0, 12.0, 150.0)

    /// Nothing where nothing was observed, as there is no budget then.
    var markup: Markup {
        let allowed = objective.counted.secondsAllowed
        guard allowed > 0, let from = Instant(text: objective.from), let to = Instant(text: objective.to) else {
            return ""
        }
        let axis = TimeAxis(
            interval: Interval(from: from, to: to),
            left: Self.left,
            right: Self.right,
            local: page.local
        )
        let lowest = min(0, objective.counted.secondsLeft / allowed)
        let alt = page.words.budgetAlt(
            objective.workload,
            page.percent(objective.counted.spentShare),
            page.length(objective.counted.secondsLeft)
        )
        return """
            <figure class="card"><h3>\(objective.workload) · \(page.percent(objective.target))</h3>\
            <div class="scroll" tabindex="0" role="group" aria-label="\(alt)">\
            <svg viewBox="0 0 1000 172" role="img" aria-label="\(alt)">\
            \(axis.grid(top: Self.top, bottom: Self.bottom))\(scale(lowest))\
            <line class="ideal" x1="\(Self.left)" y1="\(y(1, lowest))" x2="\(Self.right)" y2="\(y(0, lowest))"/>\
            <path class="left" d="\(path(axis, allowed, lowest))"/></svg></div></figure>
            """
    }

    private func y(_ share: Double, _ lowest: Double) -> Double {
        Self.top + (1 - share) / (1 - lowest) * (Self.bottom - Self.top)
    }

    private func scale(_ lowest: Double) -> Markup {
        ([1, 0] + (lowest < -0.05 ? [lowest] : [])).map { share -> Markup in
            """
            <line class="axis" x1="\(Self.left)" y1="\(y(share, lowest))" x2="\(Self.right)" y2="\(y(share, lowest))"/>\
            <text class="end" x="\(Self.left - 6)" y="\(y(share, lowest) + 4)">\(Int((share * 100).rounded())) %</text>
            """
        }.joined
    }

    private func path(_ axis: TimeAxis, _ allowed: Double, _ lowest: Double) -> String {
        var left = 1.0
        var last = axis.interval.start
        var path: Markup = "M\(Self.left) \(y(1, lowest))"
        for spending in objective.spending {
            guard let from = Instant(text: spending.from), let to = Instant(text: spending.to) else { continue }
            path = "\(path)L\(axis.x(max(from, last))) \(y(left, lowest))"
            left = 1 - spending.secondsSpent / allowed
            path = "\(path)L\(axis.x(to)) \(y(left, lowest))"
            last = to
        }
        return ("\(path)H\(Self.right)" as Markup).text
    }
}
