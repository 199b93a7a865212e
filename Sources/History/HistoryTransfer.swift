import ClusterModel
import FoundationEssentials
import GRDB
import Reliability

/// Carries what was recorded out of a closed site and into another file, as JSON Lines.
///
/// Each line is an object with a `type`; the first is the header. Taking the same lines in twice changes nothing.
package enum HistoryTransfer {
    static let version = 2

    /// How much was carried.
    package struct Counts: Hashable, Sendable, Codable {
        package var runs = 0
        package var entries = 0
        package var samples = 0
        package var observations = 0

        package init() {}
    }

    /// Writes everything, line by line.
    package static func export(
        journal: SQLiteJournal?,
        observations: ObservationFile?,
        to write: @escaping @Sendable (String) throws -> Void
    ) async throws -> Counts {
        try write(#"{"type":"evenkeel-history","version":\#(version)}"#)
        let recorded = try await journal?.read { db in try runs(db, write) } ?? Counts()
        return try await observations?.read { db in try Self.observations(db, recorded, write) } ?? recorded
    }

    private static func runs(_ db: Database, _ write: (String) throws -> Void) throws -> Counts {
        var counts = Counts()
        for run in try Row.fetchAll(db, sql: "SELECT id, started_at, started_by, cluster, plan FROM runs ORDER BY id") {
            let id: String = run[0]
            let samples = try Int.fetchOne(db, sql: "SELECT count(*) FROM samples WHERE run = ?", arguments: [id]) ?? 0
            try write(
                line(
                    "run",
                    ["id": run[0], "at": run[1], "by": run[2], "cluster": run[3], "plan": run[4], "samples": samples]
                )
            )
            counts.runs += 1
            counts.samples += samples
            counts.entries += try dump(db, "SELECT run, sequence, at, effect FROM intents WHERE run = ?", id) {
                try write(line("intent", ["run": $0[0], "sequence": $0[1], "at": $0[2], "body": $0[3]]))
            }
            counts.entries += try dump(db, "SELECT run, sequence, at, kind, node, event FROM events WHERE run = ?", id)
            {
                try write(
                    line(
                        "event",
                        ["run": $0[0], "sequence": $0[1], "at": $0[2], "kind": $0[3], "node": $0[4], "body": $0[5]]
                    )
                )
            }
            _ = try dump(
                db,
                "SELECT run, at, kind, subject, healthy, wanted, workloads, observed FROM samples WHERE run = ? ORDER BY sequence",
                id
            ) {
                try write(
                    line(
                        "sample",
                        [
                            "run": $0[0], "at": $0[1], "kind": $0[2], "name": $0[3], "healthy": $0[4], "wanted": $0[5],
                            "workloads": $0[6], "observed": $0[7],
                        ]
                    )
                )
            }
        }
        return counts
    }

    private static func observations(
        _ db: Database,
        _ before: Counts,
        _ write: (String) throws -> Void
    ) throws -> Counts {
        var counts = before
        let spans = try Row.fetchCursor(db, sql: "SELECT started, ended FROM spans ORDER BY started")
        while let row = try spans.next() { try write(line("span", ["at": row[0], "ended": row[1]])) }
        for row in try Row.fetchAll(db, sql: "SELECT id, kind, name, zone FROM subjects ORDER BY kind, name") {
            let id: Int64 = row[0]
            let workloads = try String.fetchAll(
                db,
                sql: "SELECT workload FROM selections WHERE budget = ? ORDER BY workload",
                arguments: [id]
            )
            try write(
                line(
                    "subject",
                    ["kind": row[1], "name": row[2], "node": row[3], "workloads": workloads.joined(separator: ",")]
                )
            )
            let sql = "SELECT at, healthy, wanted FROM observations WHERE subject = ? ORDER BY at"
            let rows = try Row.fetchCursor(db, sql: sql, arguments: [id])
            while let seen = try rows.next() {
                try write(line("observation", ["at": seen[0], "healthy": seen[1], "wanted": seen[2]]))
                counts.observations += 1
            }
        }
        if try db.tableExists("probes") { try probes(db, write) }
        return counts
    }

    private static func dump(_ db: Database, _ sql: String, _ run: String, _ body: (Row) throws -> Void) throws -> Int {
        let rows = try Row.fetchCursor(db, sql: sql, arguments: [run])
        var count = 0
        while let row = try rows.next() {
            try body(row)
            count += 1
        }
        return count
    }

    /// A line with its keys in order; what is absent is left out.
    static func line(_ type: String, _ values: [String: (any DatabaseValueConvertible)?]) throws -> String {
        var text = #"{"type":"\#(type)""#
        for (key, value) in values.sorted(by: { $0.key < $1.key }) {
            switch value?.databaseValue.storage {
            case .int64(let number): text += #","\#(key)":\#(number)"#
            case .string(let string):
                let encoder = JSONEncoder()
                encoder.outputFormatting = .withoutEscapingSlashes
                text += #","\#(key)":"# + String(decoding: try encoder.encode(string), as: UTF8.self)
            default: break
            }
        }
        return text + "}"
    }
}
