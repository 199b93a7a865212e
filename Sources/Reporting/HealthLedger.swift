import ClusterModel
import Ports
import Reliability

/// What the samples say of each workload, within the run's window.
struct HealthLedger {
    private struct Account {
        var own: HealthTimeline?
        var budgets: [BudgetID] = []
    }

    private let window: Interval
    private var accounts: [WorkloadID: Account] = [:]
    private var budgets: [BudgetID: HealthTimeline] = [:]

    init(_ samples: [HealthSample], window: RunWindow) {
        self.window = window.interval
        for (subject, samples) in Dictionary(grouping: samples, by: \.subject) {
            let timeline = HealthTimeline(Self.steps(samples, pauses: window.pauses))
            switch subject {
            case .workload(let id): accounts[id, default: Account()].own = timeline
            case .budget(let id):
                budgets[id] = timeline
                // A budget whose pods are all gone selects nothing, yet it is then that it is broken.
                for workload in Set(samples.flatMap(\.workloads)) {
                    accounts[workload, default: Account()].budgets.append(id)
                }
            }
        }
    }

    var workloads: [Report.Workload] {
        accounts.keys.sorted().map(summary).enumerated().sorted { left, right in
            (-left.element.secondsDown, -left.element.secondsBelowBudget, left.offset)
                < (-right.element.secondsDown, -right.element.secondsBelowBudget, right.offset)
        }.map(\.element)
    }

    /// The outages of all workloads.
    var outages: [Outage] { accounts.keys.sorted().flatMap(outages) }

    /// Of the workload with this `NAMESPACE/NAME` by its ready pods; nil where none has a number of them.
    func tally(of name: String, maintenance: [Interval]) -> Tally? {
        let id = accounts.keys.sorted().first { "\($0.namespace)/\($0.name)" == name && accounts[$0]?.own != nil }
        return id.map { Tally(own: accounts[$0]?.own, window: window, maintenance: maintenance) }
    }

    private func outages(of id: WorkloadID) -> [Outage] { accounts[id]?.own?.outages(in: window) ?? [] }

    private func summary(of id: WorkloadID) -> Report.Workload {
        let account = accounts[id] ?? Account()
        let broken = account.budgets.compactMap { budgets[$0] }
        let looked = broken + (account.own.map { [$0] } ?? [])
        return Report.Workload(
            workload: "\(id.namespace)/\(id.name)",
            kind: id.kind,
            hasBudget: !account.budgets.isEmpty,
            budgets: account.budgets.sorted().map(\.description),
            secondsBelowBudget: broken.flatMap { $0.belowWanted(in: window) }.union.duration.seconds,
            secondsDown: (account.own?.down(in: window).duration ?? .zero).seconds,
            secondsUnobserved: looked.flatMap(unobserved).union.duration.seconds,
            outages: outages(of: id).count
        )
    }

    /// A thing is looked at from its first sample on; before, it may not even have been there.
    private func unobserved(_ timeline: HealthTimeline) -> [Interval] {
        guard let first = timeline.steps.first?.at else { return [] }
        return timeline.unobserved(in: Interval(from: max(first, window.start), to: window.end))
    }

    static func steps(_ samples: [HealthSample], pauses: [Instant]) -> [HealthTimeline.Step] {
        let seen = samples.map {
            HealthTimeline.Step(at: $0.at, healthy: $0.healthy, wanted: $0.wanted, observed: $0.observed)
        }
        let first = seen.map(\.at).min()
        let gaps = pauses.filter { pause in first.map { $0 <= pause } ?? false }.map {
            HealthTimeline.Step(at: $0, healthy: 0, wanted: 0, observed: false)
        }
        return seen + gaps
    }
}
