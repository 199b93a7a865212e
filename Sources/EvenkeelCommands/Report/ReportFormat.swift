import ArgumentParser
import ClusterModel
import Playbooks
import Reporting

/// The forms of a report.
enum ReportFormat: String, ExpressibleByArgument, CaseIterable {
    case text, json, csv, html, openmetrics

    /// Forms that a run's own report does not have.
    var needsLedger: Bool { self == .csv || self == .html || self == .openmetrics }

    /// The report in this form, with its last line's end.
    func render(_ report: PeriodReport, language: ReportLanguage) throws -> String {
        switch self {
        case .text: PeriodTable.render(report, width: 120, color: Console.usesColor)
        case .json: try Console.json(report) + "\n"
        case .csv: PeriodCSV.render(report)
        case .html: ReportPage.render(report, language: language)
        case .openmetrics: PeriodMetrics.render(report)
        }
    }
}

extension ReportLanguage: ExpressibleByArgument {}

/// Names of workloads as people type them, with `*` for any characters.
enum WorkloadPattern {
    static func matching(_ pattern: String) -> @Sendable (WorkloadID) -> Bool {
        let pattern = GlobPattern(pattern)
        return { pattern.matches("\($0.namespace)/\($0.name)") }
    }
}
