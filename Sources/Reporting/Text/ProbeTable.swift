/// What probes measured, for a terminal.
enum ProbeTable {
    /// Without a probe it is empty.
    static func table(_ probes: [PeriodReport.Probe]) -> TextTable {
        var table = TextTable([
            .left("PROBED", mayShrink: true), .left("PROBE", mayShrink: true), .right("AVAILABLE"), .right("DOWN"),
            .right("AT MOST"), .right("BY READY PODS"), .right("OUTAGES"), .right("P50"), .right("P99"),
            .right("FAILED"), .right("UNOBSERVED"),
        ])
        for probe in probes {
            let figures = probe.figures
            table.add([
                .init(probe.workload), .init(probe.name, .dim), .init(FigureText.percent(figures.availability)),
                .init(FigureText.length(figures.secondsDown), figures.secondsDown > 0 ? .bad : .plain),
                .init(FigureText.length(probe.secondsDownAtMost)),
                .init(probe.secondsDownByReadiness.map(FigureText.length) ?? "—"), .init("\(figures.outages)"),
                .init(probe.looks?.latency.map { FigureText.latency($0.secondsP50) } ?? "—"),
                .init(probe.looks?.latency.map { FigureText.latency($0.secondsP99) } ?? "—"),
                .init(probe.looks.map { "\($0.failed) of \($0.good + $0.failed)" } ?? "—"),
                .init(FigureText.length(figures.secondsUnobserved)),
            ])
        }
        return table
    }
}

extension FigureText {
    /// `1`, `1.25`
    static func ratio(_ value: Double) -> String {
        let rounded = (value * 100).rounded() / 100
        return rounded == rounded.rounded() ? "\(Int(rounded))" : "\(rounded)"
    }

    /// `0.84 ms`, `12.3 ms`, `1.52 s`: three digits.
    static func latency(_ seconds: Double) -> String {
        let (value, unit) = seconds < 1 ? (seconds * 1000, "ms") : (seconds, "s")
        let decimals = value < 10 ? 100.0 : value < 100 ? 10 : 1
        let rounded = (value * decimals).rounded() / decimals
        return rounded == rounded.rounded() ? "\(Int(rounded)) \(unit)" : "\(rounded) \(unit)"
    }
}
