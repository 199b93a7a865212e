/// The language of a page.
package enum ReportLanguage: String, Hashable, Sendable, CaseIterable {
    case en, ko

    var words: Wording { self == .ko ? .korean : .english }
}

/// Everything that a page says in words.
struct Wording: Sendable {
    var title, skip, availability, downtime, mttr, whatWasDone, planned, unplanned, noOutage: String
    var objectives, objective, target, allowed, spent, left, maintenance, counted, excluded, kept, broken: String
    var errorBudget, withPlanned, withoutPlanned, noObjective, burnRate: String
    var campaigns, wave, drain, service, giveBack, readiness, budgetBurn, steps, step, times, mean, median,
        longest: String
    var failedTimes, retries, workloads, workload, kind, down, belowBudget, outages, unobserved, nodes, node,
        zone: String
    var outOfService, services, notReady, budget, changeFailure, observedFully, nothingFelt, nothingDone,
        definitions: String
    var made, mtbf, mttd, nodesServiced, healthyLine, keepLine, evenPace, ofTime: String
    var reboot, verify, recovery, pods, movesPerPod, partsOfTime: String
    var probe, probes, atMost, byReadyPods, failedLooks: String
    var states: [Report.Run.State: String]
    var waveText: @Sendable (Int) -> String
    var moreText: @Sendable (Int) -> String
    var othersText: @Sendable (Int) -> String
    var outageText: @Sendable (Int) -> String
    var runText:
        @Sendable (_ purpose: String, _ done: Int, _ of: Int, _ waves: Int, _ length: String, _ pods: Int) -> String
    var gapText: @Sendable (_ length: String, _ gaps: Int) -> String
    var ganttText: @Sendable (_ nodes: Int, _ waves: Int, _ from: String, _ to: String) -> String
    var readinessText:
        @Sendable (_ name: String, _ down: String, _ below: String, _ from: String, _ to: String) -> String
    var budgetText: @Sendable (_ name: String, _ spent: String, _ left: String) -> String
    var glossary: [(String, String)]
    /// Units as a length of time writes them: ms, s, min, h, d.
    var units: [String: String]

    func wave(_ number: Int) -> String { waveText(number) }
    func more(_ count: Int) -> String { moreText(count) }
    func ganttAlt(_ nodes: Int, _ waves: Int, _ from: String, _ to: String) -> String {
        ganttText(nodes, waves, from, to)
    }
    func readinessAlt(_ name: String, _ down: String, _ below: String, _ from: String, _ to: String) -> String {
        readinessText(name, down, below, from, to)
    }
    func budgetAlt(_ name: String, _ spent: String, _ left: String) -> String { budgetText(name, spent, left) }

    func part(_ part: PeriodReport.Span.Part) -> String {
        switch part {
        case .drain: drain
        case .service: service
        case .reboot: reboot
        case .verify: verify
        case .recovery: recovery
        case .return: giveBack
        }
    }
}
