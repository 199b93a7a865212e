package import ClusterModel
import GRDB
package import Ports

extension ObservationFile: ObservationLog {
    package func latest() async throws -> [Observation] {
        try await read { db in
            let sql = """
                SELECT s.kind, s.name, s.zone, o.at, o.healthy, o.wanted, s.id FROM subjects s
                JOIN observations o ON o.subject = s.id
                    AND o.at = (SELECT max(at) FROM observations WHERE subject = s.id)
                """
            let selections = try Self.selections(db)
            return try Row.fetchAll(db, sql: sql).compactMap { row in
                guard let subject = Observation.Subject(kind: row[0], name: row[1]) else { return nil }
                return Observation(
                    at: Instant(milliseconds: row[3]),
                    subject: subject,
                    healthy: row[4],
                    wanted: row[5],
                    workloads: selections[row[6], default: []],
                    zone: row[2]
                )
            }
        }
    }

    package func beginSpan(_ changed: [Observation], at instant: Instant) async throws -> Int64 {
        try await write { db in
            try Self.insert(changed, db)
            let times: StatementArguments = [instant.milliseconds, instant.milliseconds]
            try db.execute(sql: "INSERT INTO spans (started, ended) VALUES (?, ?)", arguments: times)
            return db.lastInsertedRowID
        }
    }

    package func extendSpan(_ span: Int64, with changed: [Observation], until instant: Instant) async throws {
        try await write { db in
            try Self.insert(changed, db)
            let end: StatementArguments = [instant.milliseconds, span]
            try db.execute(sql: "UPDATE spans SET ended = max(ended, ?) WHERE id = ?", arguments: end)
        }
    }

    package func forget(before instant: Instant) async throws {
        try await write { db in
            let cut: StatementArguments = ["cut": instant.milliseconds]
            try db.execute(
                sql: """
                    DELETE FROM observations WHERE at < (
                        SELECT max(o.at) FROM observations o WHERE o.subject = observations.subject AND o.at <= :cut
                    )
                    """,
                arguments: cut
            )
            try db.execute(sql: "DELETE FROM spans WHERE ended <= :cut", arguments: cut)
            try db.execute(sql: "UPDATE spans SET started = :cut WHERE started < :cut", arguments: cut)
            try db.execute(sql: "DELETE FROM probe_spans WHERE ended <= :cut", arguments: cut)
            try db.execute(sql: "DELETE FROM probe_looks WHERE ended <= :cut", arguments: cut)
            try db.execute(
                sql: """
                    DELETE FROM probes WHERE started < :cut AND id NOT IN (SELECT session FROM probe_looks)
                    AND id NOT IN (SELECT session FROM probe_spans)
                    """,
                arguments: cut
            )
        }
    }

    static func insert(_ observations: [Observation], _ db: Database) throws {
        if observations.isEmpty { return }
        let known = try db.cachedStatement(sql: "SELECT id FROM subjects WHERE kind = ? AND name = ?")
        let subject = try db.cachedStatement(
            sql: """
                INSERT INTO subjects (kind, name, zone) VALUES (?, ?, ?)
                ON CONFLICT DO UPDATE SET zone = coalesce(excluded.zone, zone)
                """
        )
        let selection = try db.cachedStatement(sql: "INSERT OR IGNORE INTO selections VALUES (?, ?)")
        let observation = try db.cachedStatement(sql: "INSERT OR REPLACE INTO observations VALUES (?, ?, ?, ?)")
        var ids: [Observation.Subject: (id: Int64, zone: String?)] = [:]
        for seen in observations {
            if ids[seen.subject].map({ $0.zone != seen.zone }) ?? true {
                let (kind, name) = seen.subject.columns
                try subject.execute(arguments: [kind, name, seen.zone])
                ids[seen.subject] = try Int64.fetchOne(known, arguments: [kind, name]).map { ($0, seen.zone) }
            }
            guard let id = ids[seen.subject]?.id else { continue }
            try observation.execute(arguments: [id, seen.at.milliseconds, seen.healthy, seen.wanted])
            for workload in seen.workloads { try selection.execute(arguments: [id, workload.description]) }
        }
    }

    static func selections(_ db: Database) throws -> [Int64: [WorkloadID]] {
        let rows = try Row.fetchAll(db, sql: "SELECT budget, workload FROM selections ORDER BY budget, workload")
        return Dictionary(grouping: rows) { $0[0] as Int64 }.mapValues {
            $0.compactMap { WorkloadID($0[1] as String) }.sorted()
        }
    }
}

extension Observation.Subject {
    /// How the file names it.
    package var columns: (kind: String, name: String) {
        switch self {
        case .workload(let id): ("workload", id.description)
        case .budget(let id): ("budget", id.description)
        case .node(let name): ("node", name)
        }
    }

    package init?(kind: String, name: String) {
        switch kind {
        case "workload":
            guard let id = WorkloadID(name) else { return nil }
            self = .workload(id)
        case "budget":
            guard let id = BudgetID(name) else { return nil }
            self = .budget(id)
        case "node": self = .node(name)
        default: return nil
        }
    }
}
