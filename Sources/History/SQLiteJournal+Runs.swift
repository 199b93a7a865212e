package import ClusterModel
import FoundationEssentials
import GRDB
package import Ports
package import Rollout

extension SQLiteJournal: RunJournal {
    /// Writes the run down; one that is there already, and the same, stays as it is.
    package func begin(_ run: RunRecord) async throws {
        try await write { [file] db in
            if let known = try Self.run(run.id, db) {
                guard known == run else { throw HistoryError.runExists(file: file, run: run.id) }
                return
            }
            try db.execute(
                sql: "INSERT INTO runs (id, started_at, started_by, cluster, plan) VALUES (?, ?, ?, ?, ?)",
                arguments: [run.id, run.startedAt.milliseconds, run.startedBy, run.cluster, run.plan]
            )
        }
    }

    package func intend(_ effect: Effect, run: String, at instant: Instant) async throws {
        let text = try Self.text(effect)
        try await write { [file] db in
            try Self.require(run, db, file)
            try db.execute(
                sql: "INSERT INTO intents (run, sequence, at, effect) VALUES (?, ?, ?, ?)",
                arguments: [run, try Self.lastSequence(of: run, db) + 1, instant.milliseconds, text]
            )
        }
    }

    package func record(_ event: Event, run: String, at instant: Instant) async throws {
        let text = try Self.text(event)
        try await write { [file] db in
            try Self.require(run, db, file)
            let sequence = try Self.lastSequence(of: run, db) + 1
            let last = "SELECT seal FROM events WHERE run = ? ORDER BY sequence DESC LIMIT 1"
            let previous = try Int64.fetchOne(db, sql: last, arguments: [run]) ?? 0
            let seal = Seal.of(sequence: sequence, at: instant.milliseconds, text: text, after: previous)
            try db.execute(
                sql: "INSERT INTO events (run, sequence, at, kind, node, event, seal) VALUES (?, ?, ?, ?, ?, ?, ?)",
                arguments: [run, sequence, instant.milliseconds, event.kind, event.node, text, seal]
            )
        }
    }

    package func observe(_ samples: [HealthSample], run: String) async throws {
        if samples.isEmpty { return }
        try await writeUnsynced { [file] db in
            try Self.require(run, db, file)
            let statement = try db.makeStatement(sql: SampleRow.insertion)
            for sample in samples { try statement.execute(arguments: SampleRow.arguments(sample, run: run)) }
        }
    }

    package func runs() async throws -> [RunRecord] {
        try await read { db in
            try Row.fetchAll(db, sql: "SELECT * FROM runs ORDER BY started_at DESC, id DESC").map(Self.run)
        }
    }

    package func events(of run: String) async throws -> [RecordedEvent] {
        try await read { [file] db in
            let sql = "SELECT sequence, at, event AS body, seal FROM events WHERE run = ? ORDER BY sequence"
            var previous: Int64 = 0
            return try Row.fetchAll(db, sql: sql, arguments: [run]).map { row in
                previous = try Self.checkedSeal(of: row, after: previous, run, file)
                return RecordedEvent(
                    at: Instant(milliseconds: row["at"]),
                    event: try Self.value(in: row, of: run, file)
                )
            }
        }
    }

    package func samples(of run: String) async throws -> [HealthSample] {
        try await read { [file] db in
            let sql = "SELECT * FROM samples WHERE run = ? ORDER BY sequence"
            return try Row.fetchAll(db, sql: sql, arguments: [run]).map { row in
                guard let sample = SampleRow.sample(row) else {
                    throw HistoryError.unreadable(file: file, run: run, sequence: row["sequence"])
                }
                return sample
            }
        }
    }
}

/// What a run was about to do.
package struct RecordedIntent: Hashable, Sendable {
    /// The entry's place among the run's intents and events.
    package var sequence: Int64
    package var at: Instant
    package var effect: Effect
}

// MARK: - Beyond the port

extension SQLiteJournal {
    /// A run's intents in the order they were written, for audits.
    package func intents(of run: String) async throws -> [RecordedIntent] {
        try await read { [file] db in
            let sql = "SELECT sequence, at, effect AS body FROM intents WHERE run = ? ORDER BY sequence"
            return try Row.fetchAll(db, sql: sql, arguments: [run]).map { row in
                RecordedIntent(
                    sequence: row["sequence"],
                    at: Instant(milliseconds: row["at"]),
                    effect: try Self.value(in: row, of: run, file)
                )
            }
        }
    }

    /// The run of this id.
    ///
    /// - Throws: `HistoryError.noSuchRun`.
    package func run(_ id: String) async throws -> RunRecord {
        try await read { [file] db in
            guard let run = try Self.run(id, db) else { throw HistoryError.noSuchRun(file: file, run: id) }
            return run
        }
    }

    /// How many intents and events the run has: the sequence of its last entry, 0 where it has none.
    package func lastSequence(of run: String) async throws -> Int64 {
        try await read { db in try Self.lastSequence(of: run, db) }
    }
}

// MARK: - Rows

extension SQLiteJournal {
    private static func run(_ id: String, _ db: Database) throws -> RunRecord? {
        try Row.fetchOne(db, sql: "SELECT * FROM runs WHERE id = ?", arguments: [id]).map(run)
    }

    private static func run(_ row: Row) -> RunRecord {
        RunRecord(
            id: row["id"],
            startedAt: Instant(milliseconds: row["started_at"]),
            startedBy: row["started_by"],
            cluster: row["cluster"],
            plan: row["plan"]
        )
    }

    private static func require(_ run: String, _ db: Database, _ file: String) throws {
        let sql = "SELECT EXISTS (SELECT 1 FROM runs WHERE id = ?)"
        guard try Bool.fetchOne(db, sql: sql, arguments: [run]) == true else {
            throw HistoryError.noSuchRun(file: file, run: run)
        }
    }

    private static func lastSequence(of run: String, _ db: Database) throws -> Int64 {
        let sql = """
            SELECT max(coalesce((SELECT max(sequence) FROM intents WHERE run = :run), 0),
                       coalesce((SELECT max(sequence) FROM events WHERE run = :run), 0))
            """
        return try Int64.fetchOne(db, sql: sql, arguments: ["run": run]) ?? 0
    }

    /// The row's seal, or 0 where an earlier release has written the row.
    private static func checkedSeal(of row: Row, after previous: Int64, _ run: String, _ file: String) throws -> Int64 {
        guard let seal = row["seal"] as Int64? else { return 0 }
        let sequence: Int64 = row["sequence"]
        guard seal == Seal.of(sequence: sequence, at: row["at"], text: row["body"], after: previous) else {
            throw HistoryError.broken(file: file, run: run, sequence: sequence)
        }
        return seal
    }

    private static func text(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }

    private static func value<Value: Decodable>(in row: Row, of run: String, _ file: String) throws -> Value {
        do {
            return try JSONDecoder().decode(Value.self, from: Data((row["body"] as String).utf8))
        } catch is DecodingError {
            throw HistoryError.unreadable(file: file, run: run, sequence: row["sequence"])
        }
    }
}
