import GRDB

/// What a long-running observer saw, in one SQLite file beside the record of runs.
///
/// It has a file of its own, so that neither waits for the other to write and either may be thrown away.
package final class ObservationFile: Sendable {
    package let file: String
    let database: any DatabaseWriter

    private init(file: String, database: any DatabaseWriter) {
        self.file = file
        self.database = database
    }

    /// The observations that belong to the record of runs at this path.
    package static func path(beside journal: String) -> String {
        let folder = journal.lastIndex(of: "/").map { String(journal[...$0]) } ?? ""
        return folder + "observations.sqlite"
    }

    /// Opens the file for writing; makes it, and its folder, where they are missing.
    package static func open(path: String) throws -> ObservationFile {
        try StateFile.prepare(path)
        return try guarded(path) {
            let pool = try DatabasePool(path: path, configuration: configuration())
            try pool.writeWithoutTransaction { db in
                try ObservationSchema.check(db, file: path)
                try db.execute(sql: "PRAGMA synchronous = NORMAL")
            }
            try ObservationSchema.migrator.migrate(pool)
            return ObservationFile(file: path, database: pool)
        }
    }

    /// Opens the file for reading; nil where there is none.
    package static func openForReading(path: String) throws -> ObservationFile? {
        guard StateFile.exists(path) else { return nil }
        return try guarded(path) {
            var configuration = configuration()
            configuration.readonly = true
            let queue = try DatabaseQueue(path: path, configuration: configuration)
            let isReady = try queue.read { db in
                try ObservationSchema.check(db, file: path)
                return try ObservationSchema.isReadable(db)
            }
            return isReady ? ObservationFile(file: path, database: queue) : nil
        }
    }

    package func close() throws { try Self.guarded(file) { try database.close() } }

    private static func configuration() -> Configuration {
        var configuration = Configuration()
        configuration.busyMode = .timeout(5)
        configuration.label = "evenkeel.observations"
        return configuration
    }

    static func guarded<Value>(_ file: String, _ body: () throws -> Value) throws -> Value {
        do {
            return try body()
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

    func write<Value: Sendable>(_ body: @escaping @Sendable (Database) throws -> Value) async throws -> Value {
        do {
            return try await database.write(body)
        } catch let error as DatabaseError {
            throw HistoryError(error, file: file)
        }
    }
}
