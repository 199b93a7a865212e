/// A period's report as OpenMetrics text, for Prometheus's textfile collector or a scrape.
package enum PeriodMetrics {
    package static func render(_ report: PeriodReport) -> String {
        var text = MetricText()
        let cluster = ("cluster", report.cluster)
        let workloads = report.workloads.map { workload in
            let parts = workload.workload.split(separator: "/", maxSplits: 1).map(String.init)
            let labels = [
                cluster, ("namespace", parts.first ?? ""), ("kind", workload.kind), ("workload", parts.last ?? ""),
            ]
            return Subject(labels: labels, figures: workload.figures)
        }
        let nodes = report.nodes.map { node in
            Subject(labels: [cluster, ("node", node.node), ("zone", node.zone ?? "")], figures: node.figures)
        }
        period(report, cluster, &text)
        figures("workload", workloads, &text)
        budgets(workloads, &text)
        probes(report, cluster, &text)
        figures("node", nodes, &text)
        text.gauge("evenkeel_node_out_of_service_seconds", unit: "seconds", "Time runs held the node out of service.") {
            zip(nodes, report.nodes).map { ($0.labels, $1.secondsOutOfService) }
        }
        objectives(report, cluster, &text)
        runs(report, cluster, &text)
        return text.finished
    }

    private struct Subject {
        var labels: [(String, String)]
        var figures: PeriodReport.Figures
    }

    private static func period(_ report: PeriodReport, _ cluster: (String, String), _ text: inout MetricText) {
        let labels = [cluster, ("period", report.period.name)]
        text.gauge("evenkeel_period_seconds", unit: "seconds", "Length of the period that the figures speak of.") {
            [(labels, report.period.seconds)]
        }
        text.gauge("evenkeel_period_unobserved_seconds", unit: "seconds", "Time in which nobody looked.") {
            [(labels, report.observation.secondsUnobserved)]
        }
        text.gauge("evenkeel_change_failure_ratio", unit: "ratio", "Node services that failed, of all.") {
            report.changes.failureRate.map { [([cluster], $0)] } ?? []
        }
    }

    private static func figures(_ thing: String, _ subjects: [Subject], _ text: inout MetricText) {
        text.gauge("evenkeel_\(thing)_availability_ratio", unit: "ratio", "Observed time not down, of all observed.") {
            subjects.compactMap { subject in subject.figures.availability.map { (subject.labels, $0) } }
        }
        text.gauge("evenkeel_\(thing)_down_seconds", unit: "seconds", "Time down in the period.") {
            subjects.flatMap { subject in
                [
                    (subject.labels + [("planned", "true")], subject.figures.secondsDownPlanned),
                    (subject.labels + [("planned", "false")], subject.figures.secondsDownUnplanned),
                ]
            }
        }
        text.gauge("evenkeel_\(thing)_outages", unit: nil, "Outages in the period.") {
            subjects.flatMap { subject in
                [
                    (subject.labels + [("planned", "true")], Double(subject.figures.outagesPlanned)),
                    (subject.labels + [("planned", "false")], Double(subject.figures.outagesUnplanned)),
                ]
            }
        }
        text.gauge("evenkeel_\(thing)_mean_time_to_repair_seconds", unit: "seconds", "Mean observed length of outages.")
        {
            subjects.compactMap { subject in subject.figures.mttr.map { (subject.labels, $0) } }
        }
        text.gauge("evenkeel_\(thing)_unobserved_seconds", unit: "seconds", "Time in which nobody looked.") {
            subjects.map { ($0.labels, $0.figures.secondsUnobserved) }
        }
    }

    private static func budgets(_ workloads: [Subject], _ text: inout MetricText) {
        text.gauge("evenkeel_workload_below_budget_seconds", unit: "seconds", "Time below any disruption budget.") {
            workloads.map { ($0.labels, $0.figures.secondsBelowBudget) }
        }
    }

    private static func objectives(_ report: PeriodReport, _ cluster: (String, String), _ text: inout MetricText) {
        let objectives = report.objectives.map { ([cluster, ("objective", $0.workload)], $0) }
        text.gauge("evenkeel_objective_target_ratio", unit: "ratio", "Availability that was promised.") {
            objectives.map { ($0, $1.target) }
        }
        text.gauge("evenkeel_objective_availability_ratio", unit: "ratio", "Availability as the contract counts.") {
            objectives.compactMap { labels, objective in objective.availability.map { (labels, $0) } }
        }
        text.gauge("evenkeel_error_budget_left_seconds", unit: "seconds", "Error budget left; negative when overspent.")
        {
            objectives.map { ($0, $1.counted.secondsLeft) }
        }
        text.gauge("evenkeel_error_budget_burn_rate", unit: nil, "1 spends exactly the budget over the window.") {
            objectives.flatMap { labels, objective in
                objective.burnRates.map { (labels + [("window", "\(Int($0.seconds))s")], $0.rate) }
            }
        }
    }

    private static func runs(_ report: PeriodReport, _ cluster: (String, String), _ text: inout MetricText) {
        text.gauge("evenkeel_run_duration_seconds", unit: "seconds", "Length of a run.") {
            report.runs.map { ([cluster, ("run", $0.id), ("state", $0.state.rawValue)], $0.seconds) }
        }
        text.gauge("evenkeel_run_nodes", unit: nil, "Nodes of a run, by what has become of them.") {
            report.runs.flatMap { run -> [MetricText.Value] in
                let states = [("returned", run.returned), ("failed", run.failed)]
                let open = ("open", run.nodes - run.returned - run.failed)
                return (states + [open]).map { ([cluster, ("run", run.id), ("state", $0)], Double($1)) }
            }
        }
        text.gauge("evenkeel_run_waves_finished", unit: nil, "Waves of a run that are done.") {
            report.runs.map { ([cluster, ("run", $0.id)], Double($0.waves.count(where: \.finished))) }
        }
        text.gauge("evenkeel_run_evictions", unit: nil, "Pods that a run moved.") {
            report.runs.map { ([cluster, ("run", $0.id)], Double($0.evictions)) }
        }
        text.gauge("evenkeel_step_mean_seconds", unit: "seconds", "Mean length of a playbook step.") {
            report.steps.map { ([cluster, ("step", $0.name)], $0.secondsMean) }
        }
    }
}

/// Lines of the OpenMetrics text format (openmetrics.io, version 1.0).
struct MetricText {
    typealias Value = (labels: [(String, String)], value: Double)

    private var lines: [String] = []

    var finished: String { lines.map { $0 + "\n" }.joined() + "# EOF\n" }

    /// A family; one without values is left out.
    mutating func gauge(
        _ name: String,
        unit: String?,
        _ help: String,
        _ values: () -> [Value]
    ) {
        let values = values()
        if values.isEmpty { return }
        lines.append("# HELP \(name) \(help)")
        lines.append("# TYPE \(name) gauge")
        if let unit { lines.append("# UNIT \(name) \(unit)") }
        for (labels, value) in values {
            let text = labels.map { "\($0)=\"\(Self.escaped($1))\"" }.joined(separator: ",")
            lines.append("\(name){\(text)} \(value)")
        }
    }

    private static func escaped(_ value: String) -> String {
        value.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
    }
}
