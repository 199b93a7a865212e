import ClusterModel
import Reliability

/// The parts of a report that speak of one workload, node, zone or objective.
extension Ledger {
    /// Steps of a readiness timeline beyond which a report leaves the rest out.
    static let readinessLimit = 2000

    func workload(_ id: WorkloadID, _ tally: Tally, in window: Interval) -> PeriodReport.Workload {
        let figures = PeriodReport.Figures(tally)
        return PeriodReport.Workload(
            workload: "\(id.namespace)/\(id.name)",
            kind: id.kind,
            budgets: guards[id, default: []].map(\.description),
            figures: figures,
            outages: outages(of: workloads[id], in: window, planned: maintenance),
            readiness: figures.feltSomething ? readiness(of: id, in: window) : nil
        )
    }

    private func outages(
        of timeline: HealthTimeline?,
        in window: Interval,
        planned: [Interval]
    ) -> [PeriodReport.Outage] {
        (timeline?.outages(in: window) ?? []).map { PeriodReport.Outage($0, planned: planned) }
    }

    private func readiness(of id: WorkloadID, in window: Interval) -> [PeriodReport.Readiness] {
        let own = workloads[id]
        let kept = guards[id, default: []].compactMap { budgets[$0] }
        let moments = Set(([own].compactMap(\.self) + kept).flatMap { $0.steps.map(\.at) })
        let inside = moments.filter { $0 > window.start && $0 < window.end }.sorted()
        return ([window.start] + inside.prefix(Self.readinessLimit)).map { at in
            let step = own?.step(at: at)
            let guarding = kept.compactMap { $0.step(at: at) }.filter(\.observed)
            let seen = step.flatMap { $0.observed ? $0 : nil }
            return PeriodReport.Readiness(
                at: at.description,
                healthy: seen?.healthy,
                wanted: seen?.wanted,
                keep: guarding.map(\.wanted).max(),
                belowBudget: guarding.contains { $0.healthy < $0.wanted } ? true : nil
            )
        }
    }

    /// Nil for one that was neither watched nor out of service by the window's end.
    func node(_ name: String, in window: Interval) -> PeriodReport.Node? {
        let absences = absences(of: name)
        let out = absences.map(\.interval).union
        let begun = absences.filter { window.holds($0.interval.start) }
        guard nodes[name].map({ $0.steps.first.map { $0.at < window.end } ?? false }) ?? !out.isEmpty else {
            return nil
        }
        let away = out.compactMap { $0.intersection(window) }
        if nodes[name] == nil, away.isEmpty { return nil }
        return PeriodReport.Node(
            node: name,
            zone: zones[name],
            secondsOutOfService: away.duration.seconds,
            services: begun.count,
            failed: begun.count(where: \.failed),
            figures: PeriodReport.Figures(tally(ofNode: name, in: window)),
            outages: outages(of: nodes[name], in: window, planned: out)
        )
    }

    private func tally(ofNode name: String, in window: Interval) -> Tally {
        Tally(own: nodes[name], window: window, maintenance: absences(of: name).map(\.interval))
    }

    func zones(of nodes: [PeriodReport.Node], in window: Interval) -> [PeriodReport.Zone] {
        var members: [String: [PeriodReport.Node]] = [:]
        for node in nodes { if let zone = node.zone { members[zone, default: []].append(node) } }
        return members.keys.sorted().map { zone(named: $0, members[$0, default: []], in: window) }
    }

    private func zone(named name: String, _ nodes: [PeriodReport.Node], in window: Interval) -> PeriodReport.Zone {
        // In whole milliseconds, so that no rounding adds up.
        let out = nodes.reduce(0.0) { $0 + ($1.secondsOutOfService * 1000).rounded() } / 1000
        let tally = nodes.reduce(Tally()) { $0 + self.tally(ofNode: $1.node, in: window) }
        return PeriodReport.Zone(
            zone: name,
            nodes: nodes.count,
            secondsOutOfService: out,
            figures: PeriodReport.Figures(tally)
        )
    }
}

extension Interval {
    func holds(_ instant: Instant) -> Bool { start <= instant && instant < end }
}

extension HealthTimeline {
    /// What holds at the moment; nil before the first step.
    func step(at instant: Instant) -> Step? {
        var low = 0
        var high = steps.count
        while low < high {
            let middle = (low + high) / 2
            if steps[middle].at <= instant { low = middle + 1 } else { high = middle }
        }
        return low > 0 ? steps[low - 1] : nil
    }
}
