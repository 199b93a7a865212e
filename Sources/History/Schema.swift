import GRDB

/// The tables, and how older files come to have them. A migration that was ever released is never changed.
enum Schema {
    /// `EVKL`, in the file's header, tells these files from other SQLite files.
    private static let applicationID: Int32 = 0x4556_4B4C

    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1 runs, intents, events, samples", migrate: createTables)
        migrator.registerMigration("2 seals of events", migrate: addSeals)
        return migrator
    }

    /// Refuses other programs' files and those of later releases.
    static func check(_ db: Database, file: String) throws {
        let id = try Int32.fetchOne(db, sql: "PRAGMA application_id") ?? 0
        // A process that died early may have left the list of migrations and nothing else.
        let others = "SELECT count(*) FROM sqlite_master WHERE tbl_name <> 'grdb_migrations'"
        let tables = try Int.fetchOne(db, sql: others) ?? 0
        guard id == applicationID || (id == 0 && tables == 0) else { throw HistoryError.foreign(file: file) }
        if try migrator.hasBeenSuperseded(db) { throw HistoryError.newerSchema(file: file) }
    }

    /// Entries of earlier releases have none.
    private static func addSeals(_ db: Database) throws {
        try db.execute(sql: "ALTER TABLE events ADD COLUMN seal INTEGER")
    }

    /// An entry's sequence counts a run's intents and events together, from 1, so that their order is known.
    private static func createTables(_ db: Database) throws {
        try db.execute(
            sql: """
                PRAGMA application_id = \(applicationID);
                CREATE TABLE runs (
                    id TEXT NOT NULL PRIMARY KEY, started_at INTEGER NOT NULL, started_by TEXT NOT NULL,
                    cluster TEXT NOT NULL, plan TEXT NOT NULL
                ) WITHOUT ROWID;
                CREATE TABLE intents (
                    run TEXT NOT NULL REFERENCES runs, sequence INTEGER NOT NULL, at INTEGER NOT NULL,
                    effect TEXT NOT NULL, PRIMARY KEY (run, sequence)
                ) WITHOUT ROWID;
                CREATE TABLE events (
                    run TEXT NOT NULL REFERENCES runs, sequence INTEGER NOT NULL, at INTEGER NOT NULL,
                    kind TEXT NOT NULL, node TEXT, event TEXT NOT NULL, PRIMARY KEY (run, sequence)
                ) WITHOUT ROWID;
                CREATE TABLE samples (
                    sequence INTEGER PRIMARY KEY, run TEXT NOT NULL REFERENCES runs, at INTEGER NOT NULL,
                    kind TEXT NOT NULL, subject TEXT NOT NULL, healthy INTEGER NOT NULL, wanted INTEGER NOT NULL,
                    workloads TEXT NOT NULL, observed INTEGER NOT NULL
                );
                CREATE INDEX samples_by_run ON samples (run, sequence);
                """
        )
    }
}
