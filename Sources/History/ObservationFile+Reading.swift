import ClusterModel
import GRDB
import Ports
package import Reliability

extension ObservationFile {
    /// What was seen in the window, and what held when it began.
    package func record(in window: Interval) async throws -> WatchRecord {
        try await read { db in
            var record = WatchRecord()
            record.spans = try Self.spans(in: window, db)
            let selections = try Self.selections(db)
            for row in try Row.fetchAll(db, sql: "SELECT id, kind, name, zone FROM subjects") {
                guard let subject = Observation.Subject(kind: row[1], name: row[2]) else { continue }
                let id: Int64 = row[0]
                let steps = try Self.steps(of: id, in: window, db)
                if steps.isEmpty { continue }
                let timeline = HealthTimeline(steps).seen(in: record.spans)
                switch subject {
                case .workload(let workload): record.workloads[workload] = timeline
                case .budget(let budget):
                    record.budgets[budget] = timeline
                    record.selections[budget] = selections[id, default: []]
                case .node(let name):
                    record.nodes[name] = timeline
                    record.zones[name] = row[3]
                }
            }
            return record
        }
    }

    private static func spans(in window: Interval, _ db: Database) throws -> [Interval] {
        let sql = "SELECT started, ended FROM spans WHERE ended > ? AND started < ? ORDER BY started"
        let times: StatementArguments = [window.start.milliseconds, window.end.milliseconds]
        return try Row.fetchAll(db, sql: sql, arguments: times).map { row in
            Interval(from: Instant(milliseconds: row[0]), to: Instant(milliseconds: row[1]))
        }
    }

    /// From the last one before the window on.
    private static func steps(of subject: Int64, in window: Interval, _ db: Database) throws -> [HealthTimeline.Step] {
        let statement = try db.cachedStatement(
            sql: """
                SELECT at, healthy, wanted FROM observations WHERE subject = ?1 AND at < ?3 AND at >= coalesce(
                    (SELECT max(at) FROM observations WHERE subject = ?1 AND at <= ?2), ?2
                ) ORDER BY at
                """
        )
        let limits: StatementArguments = [subject, window.start.milliseconds, window.end.milliseconds]
        let rows = try Row.fetchCursor(statement, arguments: limits)
        var steps: [HealthTimeline.Step] = []
        while let row = try rows.next() {
            steps.append(
                HealthTimeline.Step(at: Instant(milliseconds: row[0]), healthy: row[1], wanted: row[2])
            )
        }
        return steps
    }
}
