package import ClusterModel
import GRDB
import Ports
package import Reliability

extension ObservationFile: ProbeLog {
    package func beginProbe(_ id: ProbeID, at instant: Instant) async throws -> Int64 {
        try await write { db in
            try db.execute(
                sql: "INSERT INTO probes (workload, name, source, interval, started) VALUES (?, ?, ?, ?, ?)",
                arguments: [id.workload, id.name, id.source, id.interval.milliseconds, instant.milliseconds]
            )
            return db.lastInsertedRowID
        }
    }

    package func extendProbe(
        _ session: Int64,
        with spans: [ProbeSpan],
        looks: ProbeLooks,
        until instant: Instant
    ) async throws {
        try await write { db in
            for span in spans { try Self.insert(span, of: session, db) }
            try db.execute(
                sql: "INSERT OR REPLACE INTO probe_looks VALUES (?, ?, ?, ?, ?, ?, ?)",
                arguments: [
                    session, looks.start.milliseconds, instant.milliseconds, looks.good, looks.failed, looks.missed,
                    looks.latency.text,
                ]
            )
        }
    }

    /// What was measured in the window, by everybody who probed; by workload and name.
    package func probes(in window: Interval) async throws -> [ProbeRecord] {
        try await read { db in
            guard try db.tableExists("probes") else { return [] }
            let rows = try Row.fetchAll(db, sql: "SELECT id, workload, name, source, interval FROM probes ORDER BY id")
            let sessions = Dictionary(grouping: rows) { row in
                ProbeID(workload: row[1], name: row[2], source: row[3], interval: .milliseconds(row[4] as Int64))
            }
            return try sessions.sorted { $0.key < $1.key }.compactMap { id, rows -> ProbeRecord? in
                let spans = try rows.map { try Self.spans(of: $0[0], in: window, db) }.filter { !$0.isEmpty }
                let looks = try rows.flatMap { try Self.looks(of: $0[0], in: window, db) }
                if spans.isEmpty, looks.isEmpty { return nil }
                let sum = looks.dropFirst().reduce(looks.first) { sum, next in sum.map { $0 + next } }
                return ProbeRecord(id, sources: spans, looks: sum)
            }
        }
    }

    private static func insert(_ span: ProbeSpan, of session: Int64, _ db: Database) throws {
        try db.execute(
            sql: "INSERT OR REPLACE INTO probe_spans VALUES (?, ?, ?, ?, ?)",
            arguments: [
                session, span.start.milliseconds, span.end.milliseconds, span.isUp, span.lead.milliseconds,
            ]
        )
    }

    private static func spans(of session: Int64, in window: Interval, _ db: Database) throws -> [ProbeSpan] {
        let sql = """
            SELECT started, ended, up, lead FROM probe_spans WHERE session = ? AND ended >= ? AND started < ? ORDER BY started
            """
        let limits: StatementArguments = [session, window.start.milliseconds, window.end.milliseconds]
        return try Row.fetchAll(db, sql: sql, arguments: limits).map { row in
            ProbeSpan(
                start: Instant(milliseconds: row[0]),
                end: Instant(milliseconds: row[1]),
                isUp: row[2],
                lead: .milliseconds(row[3] as Int64)
            )
        }
    }

    /// Minutes belong to the time in which they begin.
    private static func looks(of session: Int64, in window: Interval, _ db: Database) throws -> [ProbeLooks] {
        let sql = """
            SELECT started, good, failed, missed, latency FROM probe_looks
            WHERE session = ? AND started >= ? AND started < ? ORDER BY started
            """
        let limits: StatementArguments = [session, window.start.milliseconds, window.end.milliseconds]
        return try Row.fetchAll(db, sql: sql, arguments: limits).map { row in
            var looks = ProbeLooks(start: Instant(milliseconds: row[0]))
            looks.good = row[1]
            looks.failed = row[2]
            looks.missed = row[3]
            looks.latency = LatencyHistogram(text: row[4] as String) ?? LatencyHistogram()
            return looks
        }
    }

    // MARK: Labels

    /// Writes down what the pods of each workload have in common, for objectives that choose by label.
    package func note(labels: [WorkloadID: Labels]) async throws {
        try await write { db in
            for (workload, labels) in labels {
                let text = labels.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: ",")
                try db.execute(
                    sql: "INSERT OR REPLACE INTO labels VALUES (?, ?)",
                    arguments: [workload.description, text]
                )
            }
        }
    }

    package func labels() async throws -> [WorkloadID: Labels] {
        try await read { db in
            var labels: [WorkloadID: Labels] = [:]
            guard try db.tableExists("labels") else { return labels }
            for row in try Row.fetchAll(db, sql: "SELECT workload, labels FROM labels") {
                guard let workload = WorkloadID(row[0] as String) else { continue }
                let pairs = (row[1] as String).split(separator: ",").map { $0.split(separator: "=", maxSplits: 1) }
                labels[workload] = Dictionary(
                    pairs.filter { !$0.isEmpty }.map { (String($0[0]), $0.count == 2 ? String($0[1]) : "") },
                    uniquingKeysWith: { _, last in last }
                )
            }
            return labels
        }
    }
}
