import ClusterModel
import Foundation
import History
import Planning
import Playbooks
import Reporting

/// What earlier runs on this cluster, from this machine, tell of how long a plan takes.
struct PlanHistory {
    /// The cluster's name in the state folder; nil where nobody says it.
    var cluster: String?
    var playbook: AttachedPlaybook?

    /// As many runs are looked at.
    private static let runs = 10

    /// A history that cannot be read is said, and not used: a plan is right without it.
    func measured() async -> MeasuredDurations {
        guard let cluster else { return MeasuredDurations([]) }
        let file = StateFolder.file(state: nil, cluster: cluster)
        guard FileManager.default.fileExists(atPath: file) else { return MeasuredDurations([]) }
        do {
            return MeasuredDurations(try await nodes(from: try SQLiteJournal.openForReading(path: file)))
        } catch {
            Console.note("evenkeel: the time is reckoned without earlier runs: \(error)")
            return MeasuredDurations([])
        }
    }

    /// Those of runs with the same playbook.
    private func nodes(from journal: SQLiteJournal) async throws -> [Report.Node] {
        var nodes: [Report.Node] = []
        for record in try await journal.runs().prefix(Self.runs) {
            let plan = try ReportSource.plan(of: record)
            guard name(of: plan.playbook) == name(of: playbook) else { continue }
            let report = try await ReportSource.report(on: record, plan, from: journal, at: SystemTime().now)
            nodes += report.nodes
        }
        return nodes
    }

    private func name(of playbook: AttachedPlaybook?) -> String? {
        playbook.map { URL(fileURLWithPath: $0.file).lastPathComponent }
    }
}
