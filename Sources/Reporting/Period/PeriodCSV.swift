/// A period's report as comma-separated values (RFC 4180): one line for each thing that has figures.
package enum PeriodCSV {
    package static func render(_ report: PeriodReport) -> String {
        let header =
            ["cluster", "from", "to", "scope", "name", "kind", "zone"] + columns.map(\.0) + ["seconds_out_of_service"]
        let start = [report.cluster, report.period.from, report.period.to]
        var rows = [header]
        func add(_ scope: String, _ name: String, kind: String = "", zone: String = "", _ row: Row) {
            rows.append(start + [scope, name, kind, zone] + columns.map { $0.1(row.figures) } + [row.out])
        }
        add("cluster", report.cluster, Row(report.totals))
        for zone in report.zones {
            add("zone", zone.zone, zone: zone.zone, Row(zone.figures, zone.secondsOutOfService))
        }
        for node in report.nodes {
            add("node", node.node, kind: "Node", zone: node.zone ?? "", Row(node.figures, node.secondsOutOfService))
        }
        for workload in report.workloads {
            add("workload", workload.workload, kind: workload.kind, Row(workload.figures))
        }
        for probe in report.probes {
            add("probe", "\(probe.workload) \(probe.name)", kind: probe.source, Row(probe.figures))
        }
        return rows.map { $0.map(quoted).joined(separator: ",") + "\r\n" }.joined()
    }

    private struct Row {
        var figures: PeriodReport.Figures
        var out: String

        init(_ figures: PeriodReport.Figures, _ out: Double? = nil) {
            self.figures = figures
            self.out = out.map { "\($0)" } ?? ""
        }
    }

    private static let columns: [(String, @Sendable (PeriodReport.Figures) -> String)] = [
        ("seconds_observed", { "\($0.secondsObserved)" }),
        ("seconds_unobserved", { "\($0.secondsUnobserved)" }),
        ("seconds_down", { "\($0.secondsDown)" }),
        ("seconds_down_planned", { "\($0.secondsDownPlanned)" }),
        ("seconds_down_unplanned", { "\($0.secondsDownUnplanned)" }),
        ("seconds_below_budget", { "\($0.secondsBelowBudget)" }),
        ("outages", { "\($0.outages)" }),
        ("outages_planned", { "\($0.outagesPlanned)" }),
        ("availability", { text($0.availability) }),
        ("availability_without_planned", { text($0.availabilityWithoutPlanned) }),
        ("mttr", { text($0.mttr) }),
        ("mtbf", { text($0.mtbf) }),
        ("mttd", { text($0.mttd) }),
    ]

    private static func text(_ value: Double?) -> String { value.map { "\($0)" } ?? "" }

    /// In quotes where it must be; a name that a spreadsheet would take for a formula gets an apostrophe.
    private static func quoted(_ field: String) -> String {
        let isFormula = field.first.map { "=+@".contains($0) } ?? false
        let field = isFormula ? "'" + field : field
        guard field.contains(where: { ",\"\r\n".contains($0) }) else { return field }
        return "\"" + field.replacing("\"", with: "\"\"") + "\""
    }
}
