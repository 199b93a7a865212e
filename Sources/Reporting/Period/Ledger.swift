package import ClusterModel
package import Planning
package import Ports
package import Reliability
import Rollout

/// Everything that runs and observers wrote down of a cluster, ready to be asked about any period.
package struct Ledger: Sendable {
    /// A run as its journal holds it.
    package struct RunEntry: Sendable {
        package var run: RunRecord
        package var plan: Plan
        package var events: [RecordedEvent]
        package var samples: [HealthSample]

        package init(run: RunRecord, plan: Plan, events: [RecordedEvent], samples: [HealthSample]) {
            self.run = run
            self.plan = plan
            self.events = events
            self.samples = samples
        }

        /// From the run's begin to its end, or to `now` while it goes on.
        package func interval(now: Instant) -> Interval {
            RunWindow(of: run, events: events, samples: samples, now: now).interval
        }
    }

    let cluster: String
    let now: Instant
    /// Nil lists every run of the period.
    private(set) var onlyRun: String?
    /// The earliest first.
    let runs: [RunAccount]
    /// When a run held any node out of service.
    let maintenance: [Interval]
    /// When anybody looked.
    let looks: [Interval]

    private(set) var workloads: [WorkloadID: HealthTimeline] = [:]
    private(set) var budgets: [BudgetID: HealthTimeline] = [:]
    private(set) var guards: [WorkloadID: [BudgetID]] = [:]
    private(set) var nodes: [String: HealthTimeline] = [:]
    let zones: [String: String]
    /// By workload and name.
    let probes: [ProbeRecord]

    /// - Parameter now: Up to when what has not ended counts.
    package init(
        cluster: String,
        watch: WatchRecord = WatchRecord(),
        probes: [ProbeRecord] = [],
        runs: [RunEntry],
        now: Instant
    ) {
        let accounts = Self.accounts(of: runs, now: now)
        self.cluster = cluster
        self.now = now
        self.runs = accounts
        zones = watch.zones
        self.probes = probes.sorted { $0.id < $1.id }
        maintenance = accounts.flatMap { $0.stories.flatMap { $0.absences.map(\.interval) } }.union
        looks = (watch.spans + accounts.flatMap(\.looks)).union
        nodes = watch.nodes.mapValues(\.countingAbsence)
        merge(watch)
    }

    /// The earliest first. One that wrote no end, as its process was killed, had ended when the next one began.
    private static func accounts(of runs: [RunEntry], now: Instant) -> [RunAccount] {
        let ordered = runs.sorted { ($0.run.startedAt, $0.run.id) < ($1.run.startedAt, $1.run.id) }
        return ordered.enumerated().map { index, entry in
            let next = index + 1 < ordered.count ? ordered[index + 1].run.startedAt : now
            return RunAccount(entry, now: min(now, next))
        }
    }

    private mutating func merge(_ watch: WatchRecord) {
        var workloads = watch.workloads.mapValues { [$0] }
        var budgets = watch.budgets.mapValues { [$0] }
        var selections = watch.selections.mapValues { Set($0) }
        for run in runs {
            for (id, timeline) in run.workloads { workloads[id, default: []].append(timeline) }
            for (id, timeline) in run.budgets { budgets[id, default: []].append(timeline) }
            for (id, selected) in run.selections { selections[id, default: []].formUnion(selected) }
        }
        self.workloads = workloads.mapValues(HealthTimeline.merged)
        self.budgets = budgets.mapValues(HealthTimeline.merged)
        for (budget, selected) in selections.sorted(by: { $0.key < $1.key }) {
            for workload in selected { guards[workload, default: []].append(budget) }
        }
    }

    /// The same, of whose runs a report lists one; the figures remain those of everything that happened.
    package func showing(onlyRun id: String) -> Ledger {
        var ledger = self
        ledger.onlyRun = id
        return ledger
    }

    /// The runs that a report on the window lists.
    func listedRuns(in window: Interval) -> [RunAccount] {
        runs.filter { $0.window.interval.intersection(window) != nil && (onlyRun == nil || $0.run.id == onlyRun) }
    }

    /// What the workload went through in the window.
    func tally(of id: WorkloadID, in window: Interval) -> Tally {
        Tally(
            own: workloads[id],
            budgets: guards[id, default: []].compactMap { budgets[$0] },
            window: window,
            maintenance: maintenance
        )
    }

    /// What any of the workload's budgets said of it, and it of itself, in the window.
    func hasSeen(_ id: WorkloadID, in window: Interval) -> Bool {
        let timelines = guards[id, default: []].compactMap { budgets[$0] } + (workloads[id].map { [$0] } ?? [])
        return timelines.contains { $0.steps.first.map { $0.at < window.end } ?? false }
    }

    /// Every workload that has been spoken of.
    var knownWorkloads: [WorkloadID] { Set(workloads.keys).union(guards.keys).sorted() }

    /// Every node that was watched or taken out of service.
    var knownNodes: [String] { Set(nodes.keys).union(runs.flatMap { $0.stories.map(\.name) }).sorted() }

    /// When runs held the node out of service.
    func absences(of node: String) -> [NodeStory.Absence] {
        runs.flatMap { $0.stories.filter { $0.name == node }.flatMap(\.absences) }
    }
}

/// One run's share of the ledger.
struct RunAccount: Sendable {
    let run: RunRecord
    let plan: Plan
    let events: [RecordedEvent]
    let window: RunWindow
    let stories: [NodeStory]
    private(set) var workloads: [WorkloadID: HealthTimeline] = [:]
    private(set) var budgets: [BudgetID: HealthTimeline] = [:]
    private(set) var selections: [BudgetID: Set<WorkloadID>] = [:]
    private(set) var looks: [Interval] = []

    init(_ entry: Ledger.RunEntry, now: Instant) {
        run = entry.run
        plan = entry.plan
        events = entry.events
        window = RunWindow(of: entry.run, events: entry.events, samples: entry.samples, now: now)
        stories = NodeStories(of: entry.plan, events: entry.events, until: window.interval.end).all
        for (subject, samples) in Dictionary(grouping: entry.samples, by: \.subject) { take(samples, of: subject) }
        looks = looks.union
    }

    private mutating func take(_ samples: [HealthSample], of subject: HealthSample.Subject) {
        // Once the run is over it looks no more.
        let end = HealthTimeline.Step(at: window.interval.end, healthy: 0, wanted: 0, observed: false)
        let steps = HealthLedger.steps(samples, pauses: window.pauses).filter { $0.at < window.interval.end } + [end]
        let timeline = HealthTimeline(steps)
        looks += timeline.observed(in: window.interval)
        switch subject {
        case .workload(let id): workloads[id] = timeline
        case .budget(let id):
            budgets[id] = timeline
            selections[id] = Set(samples.flatMap(\.workloads))
        }
    }
}
