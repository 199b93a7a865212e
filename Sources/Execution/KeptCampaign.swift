package import ClusterModel
import Foundation
package import Ports
import Rollout

/// What another machine needs to go on with a campaign, as it lies in the cluster.
package struct KeptCampaign: Hashable, Sendable, Codable {
    /// The plan in it has no witnesses and findings: they are made anew.
    package var run: RunRecord
    /// The machine that wrote it, as it holds the lease.
    package var holder: String
    /// USER@HOST behind `holder`.
    package var who: String
    package var savedAt: Instant
    /// The waves as they are by now.
    var waves: [PlannedWave]?
    /// They are not those of the plan any more.
    var isReplanned: Bool?
    /// Waves that are over, as `CampaignDigest` writes them.
    var past: [[String]]?
    /// Healthy pods of each workload when the present wave began, each as `KIND NAMESPACE NAME HEALTHY WAITING`.
    var baseline: [String]?
    /// What has happened since, the present wave's baseline left out.
    var events: [RecordedEvent]

    package init(run: RunRecord, holder: String, who: String, savedAt: Instant) {
        self.run = run
        self.holder = holder
        self.who = who
        self.savedAt = savedAt
        events = []
    }

    /// With what has happened.
    package func holding(_ digest: CampaignDigest) -> KeptCampaign {
        var kept = self
        kept.waves = digest.waves
        kept.isReplanned = digest.isReplanned
        kept.past = digest.past
        kept.events = digest.present
        return kept
    }

    package init(text: String) throws {
        self = try JSONDecoder().decode(Self.self, from: Data(text.utf8))
        let all = allNodes
        for index in events.indices { events[index].event.nameNodes(all) }
        guard let baseline, let index = events.lastIndex(where: \.event.isAdmission) else { return }
        events[index].event.healthy = baseline.compactMap(WorkloadHealth.init(brief:))
    }

    package func text() throws -> String {
        var kept = self
        if let index = events.lastIndex(where: \.event.isAdmission) {
            kept.baseline = events[index].event.healthy.map(\.brief)
            kept.events[index].event.healthy = []
        }
        let all = allNodes
        for index in kept.events.indices { kept.events[index].event.leaveNodesOut(all) }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(kept), as: UTF8.self)
    }

    private var allNodes: [String] { Set((waves ?? []).flatMap(\.nodes)).sorted() }

    /// Whether it is worth a write by itself: what a second machine must not do twice, or must undo.
    static func mustHold(_ event: Event) -> Bool {
        switch event {
        case .evictionAdmitted, .evictionRefused, .deletionAdmitted, .podGone, .held: false
        default: true
        }
    }
}

extension Event {
    fileprivate var isAdmission: Bool { if case .waveAdmitted = self { true } else { false } }

    /// Where all nodes have the same steps, their names stand among the waves already.
    fileprivate mutating func leaveNodesOut(_ all: [String]) {
        guard case .takenUp(var hand) = self, hand.steps.count == 1, hand.steps[0].nodes == all else { return }
        hand.steps[0].nodes = []
        self = .takenUp(by: hand)
    }

    fileprivate mutating func nameNodes(_ all: [String]) {
        guard case .takenUp(var hand) = self, hand.steps.count == 1, hand.steps[0].nodes.isEmpty else { return }
        hand.steps[0].nodes = all
        self = .takenUp(by: hand)
    }

    /// Of an admission.
    fileprivate var healthy: [WorkloadHealth] {
        get { if case .waveAdmitted(_, let healthy) = self { healthy } else { [] } }
        set { if case .waveAdmitted(let wave, _) = self { self = .waveAdmitted(wave: wave, healthy: newValue) } }
    }
}

extension WorkloadHealth {
    fileprivate var brief: String {
        "\(workload.kind) \(workload.namespace) \(workload.name) \(healthy)\(waiting.map { " \($0)" } ?? "")"
    }

    fileprivate init?(brief: String) {
        let parts = brief.split(separator: " ")
        guard parts.count >= 4, let healthy = Int(parts[3]) else { return nil }
        let workload = WorkloadID(kind: String(parts[0]), namespace: String(parts[1]), name: String(parts[2]))
        self.init(workload: workload, healthy: healthy, waiting: parts.count > 4 ? Int(parts[4]) : nil)
    }
}

/// Keeps the campaign's state in the cluster, one write at a time.
actor CampaignKeeper {
    private let store: any CampaignStore
    private var version: String?
    private var digest: CampaignDigest
    private var wanted = 0
    private var saved = 0
    private var isSaving = false
    private var waiters: [CheckedContinuation<Void, Never>] = []

    init(_ store: any CampaignStore, version: String?, digest: CampaignDigest) {
        self.store = store
        self.version = version
        self.digest = digest
    }

    /// Returns once what was recorded up to here lies in the cluster.
    ///
    /// - Throws: `ExecutionError.takenOver` where another machine has written.
    func keep(_ entry: RecordedEvent, of state: KeptCampaign) async throws {
        digest.add(entry)
        guard KeptCampaign.mustHold(entry.event) else { return }
        wanted += 1
        let mine = wanted
        while isSaving { await withCheckedContinuation { waiters.append($0) } }
        if saved >= mine { return }
        isSaving = true
        defer {
            isSaving = false
            for waiter in waiters { waiter.resume() }
            waiters = []
        }
        let target = wanted
        let text = try state.holding(digest).text()
        guard let next = try await store.storeCampaign(text, replacing: version) else {
            throw ExecutionError.takenOver(by: "another machine", at: nil)
        }
        version = next
        saved = target
    }
}
