package import ClusterModel
import Foundation
import Ports
package import Reliability

/// A promise of availability for the workloads it matches.
package struct NamedObjective: Sendable {
    /// As the settings write it.
    package var name: String
    package var objective: Objective
    package var matches: @Sendable (WorkloadID) -> Bool

    package init(name: String, objective: Objective, matches: @escaping @Sendable (WorkloadID) -> Bool) {
        self.name = name
        self.objective = objective
        self.matches = matches
    }
}

/// What a report is about.
package enum ReportFocus: Sendable {
    case everything
    case workloads(@Sendable (WorkloadID) -> Bool)
    case node(String)
}

extension Ledger {
    /// Draws up the report. What lies after `now` belongs to no figure.
    package func report(
        on period: ReportPeriod,
        about focus: ReportFocus = .everything,
        objectives: [NamedObjective] = []
    ) -> PeriodReport {
        let window = Interval(
            from: period.interval.start,
            to: max(period.interval.start, min(period.interval.end, now))
        )
        let tallies = chosenWorkloads(focus, in: window).map { (id: $0, tally: tally(of: $0, in: window)) }
        let nodes = chosenNodes(focus).compactMap { node($0, in: window) }
        return PeriodReport(
            cluster: cluster,
            period: PeriodReport.Period(period, window),
            totals: PeriodReport.Figures(tallies.reduce(Tally()) { $0 + $1.tally }),
            changes: changes(nodes),
            observation: observation(in: window),
            objectives: objectives.compactMap { objective($0, about: focus, at: window.end) },
            workloads: sorted(tallies.map { workload($0.id, $0.tally, in: window) }),
            probes: probes(in: window, about: focus),
            nodes: nodes,
            zones: zones(of: nodes, in: window),
            runs: runs(in: window, about: focus),
            steps: steps(in: window, about: focus)
        )
    }

    private func chosenWorkloads(_ focus: ReportFocus, in window: Interval) -> [WorkloadID] {
        switch focus {
        case .everything: knownWorkloads.filter { hasSeen($0, in: window) }
        case .workloads(let matches): knownWorkloads.filter { matches($0) && hasSeen($0, in: window) }
        case .node: []
        }
    }

    private func chosenNodes(_ focus: ReportFocus) -> [String] {
        switch focus {
        case .everything: knownNodes
        case .workloads: []
        case .node(let name): knownNodes.filter { $0 == name }
        }
    }

    private func sorted(_ workloads: [PeriodReport.Workload]) -> [PeriodReport.Workload] {
        workloads.enumerated().sorted { left, right in
            (-left.element.figures.secondsDown, -left.element.figures.secondsBelowBudget, left.offset)
                < (-right.element.figures.secondsDown, -right.element.figures.secondsBelowBudget, right.offset)
        }.map(\.element)
    }

    private func changes(_ nodes: [PeriodReport.Node]) -> PeriodReport.Changes {
        let services = nodes.reduce(0) { $0 + $1.services }
        let failed = nodes.reduce(0) { $0 + $1.failed }
        return PeriodReport.Changes(
            services: services,
            failed: failed,
            failureRate: services > 0 ? Double(failed) / Double(services) : nil
        )
    }

    private func observation(in window: Interval) -> PeriodReport.Observation {
        let seen = looks.compactMap { $0.intersection(window) }
        var gaps: [Interval] = []
        var end = window.start
        for look in seen {
            gaps.append(Interval(from: end, to: look.start))
            end = look.end
        }
        gaps.append(Interval(from: end, to: window.end))
        gaps.removeAll(where: \.isEmpty)
        return PeriodReport.Observation(
            secondsObserved: seen.duration.seconds,
            secondsUnobserved: gaps.duration.seconds,
            gaps: gaps.map { PeriodReport.Gap(from: $0.start.description, to: $0.end.description) }
        )
    }
}

extension PeriodReport.Period {
    init(_ period: ReportPeriod, _ window: Interval) {
        self.init(
            name: period.name,
            from: window.start.description,
            to: window.end.description,
            timeZone: period.zone.identifier,
            seconds: window.duration.seconds
        )
    }
}
