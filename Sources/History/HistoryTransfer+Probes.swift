import GRDB
import Reliability

/// What was probed, and the labels of workloads. A probe's line comes before those of its times and looks.
extension HistoryTransfer {
    static func probes(_ db: Database, _ write: (String) throws -> Void) throws {
        let probes = "SELECT id, workload, name, source, interval, started FROM probes ORDER BY started, id"
        for row in try Row.fetchAll(db, sql: probes) {
            let id: Int64 = row[0]
            try write(
                line(
                    "probe",
                    ["workloads": row[1], "name": row[2], "kind": row[3], "interval": row[4], "at": row[5]]
                )
            )
            let spans = "SELECT started, ended, up, lead FROM probe_spans WHERE session = ? ORDER BY started"
            for span in try Row.fetchAll(db, sql: spans, arguments: [id]) {
                try write(
                    line("probed", ["at": span[0], "ended": span[1], "healthy": span[2], "interval": span[3]])
                )
            }
            let looks = """
                SELECT started, ended, good, failed, missed, latency FROM probe_looks WHERE session = ? ORDER BY started
                """
            for page in try Row.fetchAll(db, sql: looks, arguments: [id]) {
                try write(
                    line(
                        "looks",
                        [
                            "at": page[0], "ended": page[1], "healthy": page[2], "wanted": page[3], "missed": page[4],
                            "body": page[5],
                        ]
                    )
                )
            }
        }
        for row in try Row.fetchAll(db, sql: "SELECT workload, labels FROM labels ORDER BY workload") {
            try write(line("labels", ["name": row[0], "body": row[1]]))
        }
    }

    /// One process's looks through one probe are known by its name and when they began.
    static func store(_ history: Reader, probesIn db: Database) throws {
        for probe in history.probes {
            let line = probe.line
            let key: StatementArguments = [line.workloads, line.name, line.at]
            let find = "SELECT id FROM probes WHERE workload = ? AND name = ? AND started = ?"
            let known = try Int64.fetchOne(db, sql: find, arguments: key)
            if known == nil {
                try db.execute(
                    sql: "INSERT INTO probes (workload, name, started, source, interval) VALUES (?, ?, ?, ?, ?)",
                    arguments: key + [line.kind, line.interval]
                )
            }
            let id = known ?? db.lastInsertedRowID
            for span in probe.spans {
                // The same time may have been exported before it ended.
                try db.execute(
                    sql: """
                        INSERT INTO probe_spans VALUES (?, ?, ?, ?, ?)
                        ON CONFLICT DO UPDATE SET ended = max(ended, excluded.ended)
                        """,
                    arguments: [id, span.at, span.ended, span.healthy, span.interval]
                )
            }
            for page in probe.looks {
                try db.execute(
                    sql: """
                        INSERT INTO probe_looks VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET
                        ended = excluded.ended, good = excluded.good, failed = excluded.failed,
                        missed = excluded.missed, latency = excluded.latency WHERE excluded.ended > ended
                        """,
                    arguments: [id, page.at, page.ended, page.healthy, page.wanted, page.missed, page.body]
                )
            }
        }
        for line in history.labels {
            try db.execute(sql: "INSERT OR IGNORE INTO labels VALUES (?, ?)", arguments: [line.name, line.body])
        }
    }
}
