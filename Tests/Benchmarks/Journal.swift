import ClusterModel
import Foundation
import History
import Planning
import Ports
import Rollout

extension Section {
    /// Every step of a run waits for the journal, and taking a run up reads it whole.
    static let journal = Section(
        name: "journal",
        about: "events synced to the disk one by one, and a run rebuilt from them"
    ) {
        let folder = NSTemporaryDirectory() + "evenkeel-bench-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let events = JournalLoad.events
        let bare = try await Figure.measuring("bare append + fdatasync", count: events.count) {
            try JournalLoad.appendBare(events.count, to: folder + "/bare")
        }
        let journal = try SQLiteJournal.open(path: folder + "/journal.sqlite")
        try await journal.begin(JournalLoad.run)
        let append = try await Figure.measuring("journal append + fsync", count: events.count) {
            for event in events {
                try await journal.record(event, run: JournalLoad.run.id, at: Instant(milliseconds: 0))
            }
        }
        let times = 20
        var rollout = JournalLoad.rollout
        let replay = try await Figure.measuring("replay", count: events.count * times) {
            for _ in 0..<times {
                rollout = JournalLoad.rollout
                for entry in try await journal.events(of: JournalLoad.run.id) {
                    rollout.apply(entry.event, at: entry.at)
                }
            }
        }
        guard rollout.conclusion == .finished else { throw CocoaError(.fileReadCorruptFile) }
        return [bare, append.beside(bare), replay]
    }
}

/// A run over forty nodes with nine pods each, in waves of twenty.
private enum JournalLoad {
    private static let waves = (0..<2).map { wave in (0..<20).map { "node-\(wave * 20 + $0)" } }

    static let run = RunRecord(
        id: "run-1",
        startedAt: Instant(milliseconds: 0),
        startedBy: "bench@host",
        cluster: "bench",
        plan: ""
    )

    static var rollout: Rollout {
        let nodes = waves.flatMap { $0 }
        return Rollout(
            RolloutOutline(
                waves: waves.enumerated().map { Wave(number: $0.offset + 1, rounds: 1, nodes: $0.element, moves: []) },
                steps: Dictionary(uniqueKeysWithValues: nodes.map { ($0, ["patch"]) })
            )
        )
    }

    static let events: [Event] =
        waves.enumerated().flatMap { index, nodes in
            [.waveAdmitted(wave: index + 1, healthy: [])] + nodes.flatMap(events(of:)) + [
                .waveFinished(wave: index + 1)
            ]
        } + [.finished]

    private static func events(of node: String) -> [Event] {
        let pods = (0..<9).flatMap { number -> [Event] in
            let (pod, uid) = (PodID(namespace: "shop", name: "web-\(node)-\(number)"), "\(node)-\(number)")
            return [
                .evictionAdmitted(node: node, pod: pod, uid: uid), .podGone(node: node, pod: pod, uid: uid),
            ]
        }
        let done = StepReport(name: "patch", outcome: .done, output: "installed\n")
        return [.cordoned(node: node)] + pods + [
            .drained(node: node), .stepFinished(node: node, step: 0, report: done), .verified(node: node),
            .uncordoned(node: node),
        ]
    }

    /// The least that can be done for as many lines that outlive a power cut.
    static func appendBare(_ count: Int, to path: String) throws {
        let file = open(path, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        guard file >= 0 else { throw CocoaError(.fileWriteUnknown) }
        defer { close(file) }
        let line = [UInt8](repeating: 0x61, count: 150)
        for _ in 0..<count {
            guard write(file, line, line.count) == line.count, fdatasync(file) == 0 else {
                throw CocoaError(.fileWriteUnknown)
            }
        }
    }
}
