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
    package var events: [RecordedEvent]

    package init(run: RunRecord, holder: String, who: String, savedAt: Instant, events: [RecordedEvent]) {
        self.run = run
        self.holder = holder
        self.who = who
        self.savedAt = savedAt
        self.events = events
    }

    package init(text: String) throws { self = try JSONDecoder().decode(Self.self, from: Data(text.utf8)) }

    package func text() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(self), as: UTF8.self)
    }

    /// Whether it is worth a write by itself: what a second machine must not do twice, or must undo.
    static func mustHold(_ event: Event) -> Bool {
        switch event {
        case .evictionAdmitted, .evictionRefused, .deletionAdmitted, .podGone, .held: false
        default: true
        }
    }

    /// The events without what the next look at the cluster tells as well, and without what finished nodes went through.
    static func essential(_ events: [RecordedEvent], nodes: [String: NodeProgress]) -> [RecordedEvent] {
        events.compactMap { entry in
            guard mustHold(entry.event) else { return nil }
            switch entry.event {
            case .stepFinished(let node, let step, var report):
                if isBack(nodes[node]) { return nil }
                report.output = ""
                return RecordedEvent(at: entry.at, event: .stepFinished(node: node, step: step, report: report))
            case .drained(let node), .rebooting(let node, _, _), .nodeFailed(let node, _, _):
                return isBack(nodes[node]) ? nil : entry
            default: return entry
            }
        }
    }

    private static func isBack(_ progress: NodeProgress?) -> Bool {
        guard let phase = progress?.phase else { return false }
        return phase == .returned || phase == .recovered
    }
}

/// Keeps the campaign's state in the cluster, one write at a time.
actor CampaignKeeper {
    private let store: any CampaignStore
    private var version: String?
    private var events: [RecordedEvent]
    private var wanted = 0
    private var saved = 0
    private var isSaving = false
    private var waiters: [CheckedContinuation<Void, Never>] = []

    init(_ store: any CampaignStore, version: String?, events: [RecordedEvent]) {
        self.store = store
        self.version = version
        self.events = events
    }

    /// Returns once what was recorded up to here lies in the cluster.
    ///
    /// - Throws: `ExecutionError.takenOver` where another machine has written.
    func keep(_ entry: RecordedEvent, of state: KeptCampaign, nodes: [String: NodeProgress]) async throws {
        events.append(entry)
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
        var state = state
        state.events = KeptCampaign.essential(events, nodes: nodes)
        guard let next = try await store.storeCampaign(try state.text(), replacing: version) else {
            throw ExecutionError.takenOver(by: "another machine", at: nil)
        }
        version = next
        saved = target
    }
}
