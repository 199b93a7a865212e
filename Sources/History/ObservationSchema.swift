import GRDB

/// The tables of the observations. A migration that was ever released is never changed.
enum ObservationSchema {
    /// `EVKO`, in the file's header, tells these files from other SQLite files.
    private static let applicationID: Int32 = 0x4556_4B4F

    private static let first = "1 subjects, spans, observations"

    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration(first, migrate: createTables)
        migrator.registerMigration("2 probes, labels", migrate: createProbes)
        return migrator
    }

    /// A file of an earlier release, which nobody has written since, can be read as well.
    static func isReadable(_ db: Database) throws -> Bool { try migrator.appliedIdentifiers(db).contains(first) }

    static func check(_ db: Database, file: String) throws {
        let id = try Int32.fetchOne(db, sql: "PRAGMA application_id") ?? 0
        let others = "SELECT count(*) FROM sqlite_master WHERE tbl_name <> 'grdb_migrations'"
        let tables = try Int.fetchOne(db, sql: others) ?? 0
        guard id == applicationID || (id == 0 && tables == 0) else { throw HistoryError.foreign(file: file) }
        if try migrator.hasBeenSuperseded(db) { throw HistoryError.newerSchema(file: file) }
    }

    /// Numbers stand for names, and rows lie by thing and time, so that a year takes little room and a month is found
    /// without reading the year.
    private static func createTables(_ db: Database) throws {
        try db.execute(
            sql: """
                PRAGMA application_id = \(applicationID);
                CREATE TABLE subjects (
                    id INTEGER PRIMARY KEY, kind TEXT NOT NULL, name TEXT NOT NULL, zone TEXT, UNIQUE (kind, name)
                );
                CREATE TABLE selections (
                    budget INTEGER NOT NULL REFERENCES subjects, workload TEXT NOT NULL, PRIMARY KEY (budget, workload)
                ) WITHOUT ROWID;
                CREATE TABLE spans (id INTEGER PRIMARY KEY, started INTEGER NOT NULL, ended INTEGER NOT NULL);
                CREATE TABLE observations (
                    subject INTEGER NOT NULL REFERENCES subjects, at INTEGER NOT NULL, healthy INTEGER NOT NULL,
                    wanted INTEGER NOT NULL, PRIMARY KEY (subject, at)
                ) WITHOUT ROWID;
                """
        )
    }

    /// A row for each change and for each five minutes of looks, however often it is looked.
    private static func createProbes(_ db: Database) throws {
        try db.execute(
            sql: """
                CREATE TABLE probes (
                    id INTEGER PRIMARY KEY, workload TEXT NOT NULL, name TEXT NOT NULL, source TEXT NOT NULL,
                    interval INTEGER NOT NULL, started INTEGER NOT NULL
                );
                CREATE TABLE probe_spans (
                    session INTEGER NOT NULL REFERENCES probes, started INTEGER NOT NULL, ended INTEGER NOT NULL,
                    up INTEGER NOT NULL, lead INTEGER NOT NULL, PRIMARY KEY (session, started)
                ) WITHOUT ROWID;
                CREATE TABLE probe_looks (
                    session INTEGER NOT NULL REFERENCES probes, started INTEGER NOT NULL, ended INTEGER NOT NULL,
                    good INTEGER NOT NULL, failed INTEGER NOT NULL, missed INTEGER NOT NULL, latency TEXT NOT NULL,
                    PRIMARY KEY (session, started)
                ) WITHOUT ROWID;
                CREATE TABLE labels (workload TEXT PRIMARY KEY, labels TEXT NOT NULL) WITHOUT ROWID;
                """
        )
    }
}
