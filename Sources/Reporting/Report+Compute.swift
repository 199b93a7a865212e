package import ClusterModel
package import Planning
package import Ports
package import Reliability
import Rollout

extension Report {
    /// Draws up a run's report from what its journal holds.
    ///
    /// What has not ended counts up to `now` while the run goes on, and up to the run's end afterwards.
    package init(
        run: RunRecord,
        plan: Plan,
        events: [RecordedEvent],
        samples: [HealthSample],
        probes: [ProbeRecord] = [],
        now: Instant
    ) {
        let window = RunWindow(of: run, events: events, samples: samples, now: now)
        let stories = NodeStories(of: plan, events: events, until: window.interval.end).all
        let ledger = HealthLedger(samples, window: window)
        self.run = Run(run, window)
        nodes = stories.map(\.summary)
        let maintenance = stories.flatMap { $0.absences.map(\.interval) }.union
        self.probes = probes.sorted { $0.id < $1.id }.map { record in
            let ready = ledger.tally(of: record.id.workload, maintenance: maintenance)
            return PeriodReport.Probe(record, in: window.interval, maintenance: maintenance, ready: ready)
        }
        workloads = ledger.workloads
        evictions = Self.evictions(events)
        refusals = events.count { if case .evictionRefused = $0.event { true } else { false } }
        mttr = MeanTimes.toRepair(ledger.outages)?.seconds
        movesPerPod = window.state == .finished ? Self.movesPerPod(plan, evictions) : nil
        nodeMeanTimeOut = MeanTimes.mean(stories.filter(\.wasOut).map(\.outOfService))?.seconds
        totals = Totals(
            nodes: nodes.count,
            returned: nodes.count { $0.state == .returned || $0.state == .recovered },
            failed: nodes.count { $0.state == .failed },
            waves: Self.wavesFinished(events),
            evictions: evictions,
            secondsBelowBudget: Self.sum(workloads, \.secondsBelowBudget),
            secondsDown: Self.sum(workloads, \.secondsDown),
            duration: window.interval.duration.seconds
        )
    }

    /// Pods, not calls: a resumed run may ask a second time for one that is leaving already.
    static func evictions(_ events: [RecordedEvent]) -> Int {
        var uids: Set<String> = []
        for entry in events {
            switch entry.event {
            case .evictionAdmitted(_, _, let uid), .deletionAdmitted(_, _, let uid, _): uids.insert(uid)
            default: break
            }
        }
        return uids.count
    }

    static func movesPerPod(_ plan: Plan, _ evictions: Int) -> Double? {
        let pods = Set(plan.waves.flatMap { $0.moves.map(\.pod) }).count
        return pods > 0 ? Double(evictions) / Double(pods) : nil
    }

    private static func wavesFinished(_ events: [RecordedEvent]) -> Int {
        var waves: Set<Int> = []
        for entry in events {
            if case .waveFinished(let wave) = entry.event { waves.insert(wave) }
        }
        return waves.count
    }

    /// In whole milliseconds, so that no rounding adds up.
    private static func sum(_ workloads: [Workload], _ seconds: KeyPath<Workload, Double>) -> Double {
        let milliseconds = workloads.reduce(0.0) { $0 + ($1[keyPath: seconds] * 1000).rounded() }
        return milliseconds / 1000
    }
}

extension Report.Run {
    fileprivate init(_ run: RunRecord, _ window: RunWindow) {
        self.init(
            id: run.id,
            cluster: run.cluster,
            startedAt: run.startedAt.description,
            startedBy: run.startedBy,
            endedAt: window.endedAt?.description,
            state: window.state,
            reason: window.reason
        )
    }
}
