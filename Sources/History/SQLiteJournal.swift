import FoundationEssentials
import GRDB

/// The record of runs in one SQLite file, which several processes may read while one writes.
///
/// Runs, intents and events are synced to the disk before a call returns. Samples are written at once, so that they
/// outlive the process, but are synced with the next event: a loss of power may cost the last of them.
package final class SQLiteJournal: Sendable {
    package let file: String
    let database: any DatabaseWriter

    private init(file: String, database: any DatabaseWriter) {
        self.file = file
        self.database = database
    }

    /// Opens the file for writing; makes it, and its folder, where they are missing.
    package static func open(path: String) throws(HistoryError) -> SQLiteJournal {
        try StateFile.prepare(path)
        return try guarded(path) {
            let pool = try DatabasePool(path: path, configuration: configuration())
            try pool.writeWithoutTransaction { db in
                try Schema.check(db, file: path)
                try db.execute(sql: "PRAGMA synchronous = FULL")
            }
            try Schema.migrator.migrate(pool)
            // A damaged page is better known before the first cordon than amid a wave.
            // On the writing connection: one that only reads would keep the log from being merged at the end.
            let verdict = try pool.writeWithoutTransaction { try String.fetchOne($0, sql: "PRAGMA quick_check(1)") }
            guard verdict == "ok" else { throw HistoryError.damaged(file: path) }
            return SQLiteJournal(file: path, database: pool)
        }
    }

    /// Opens the file for reading; a missing one is an error.
    package static func openForReading(path: String) throws(HistoryError) -> SQLiteJournal {
        guard StateFile.exists(path) else { throw .noRuns(file: path) }
        return try guarded(path) {
            var configuration = configuration()
            configuration.readonly = true
            let queue = try DatabaseQueue(path: path, configuration: configuration)
            let isReady = try queue.read { db in
                try Schema.check(db, file: path)
                return try Schema.migrator.hasCompletedMigrations(db)
            }
            guard isReady else { throw HistoryError.noRuns(file: path) }
            return SQLiteJournal(file: path, database: queue)
        }
    }

    /// Ends the use of the file; what was recorded is in it whether this is called or not.
    package func close() throws(HistoryError) {
        try Self.guarded(file) { try database.close() }
    }

    private static func configuration() -> Configuration {
        var configuration = Configuration()
        configuration.busyMode = .timeout(5)
        configuration.label = "evenkeel.history"
        return configuration
    }
}

// MARK: - Access with errors in our words

extension SQLiteJournal {
    /// Writes in one synced transaction. What has happened is written down even when the caller has been cancelled since.
    func write(_ body: @escaping @Sendable (Database) throws -> Void) async throws {
        try await Task { [database, file] in
            do {
                try await database.write(body)
            } catch let error as DatabaseError {
                throw HistoryError(error, file: file)
            }
        }.value
    }

    /// Writes in one transaction that the next synced one takes along to the disk.
    func writeUnsynced(_ body: @escaping @Sendable (Database) throws -> Void) async throws {
        do {
            try await database.writeWithoutTransaction { db in
                try db.execute(sql: "PRAGMA synchronous = NORMAL")
                defer { try? db.execute(sql: "PRAGMA synchronous = FULL") }
                try db.inTransaction {
                    try body(db)
                    return .commit
                }
            }
        } catch let error as DatabaseError {
            throw HistoryError(error, file: file)
        }
    }

    func read<Value: Sendable>(_ body: @escaping @Sendable (Database) throws -> Value) async throws -> Value {
        do {
            return try await database.read(body)
        } catch let error as DatabaseError {
            throw HistoryError(error, file: file)
        }
    }

    private static func guarded<Value>(_ file: String, _ body: () throws -> Value) throws(HistoryError) -> Value {
        do {
            return try body()
        } catch let error as HistoryError {
            throw error
        } catch let error as DatabaseError {
            throw HistoryError(error, file: file)
        } catch {
            throw .cannotOpen(file: file, reason: "\(error)")
        }
    }
}
