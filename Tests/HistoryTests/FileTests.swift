import FoundationEssentials
import GRDB
import Glibc
import Ports
import Rollout
import Testing

@testable import History

struct FileTests {
    @Test func `a new folder and its files are for their owner only`() async throws {
        try await withFolder { folder in
            let file = folder + "/a/b/state.db"
            let journal = try SQLiteJournal.open(path: file)
            try await journal.begin(Examples.run)
            #expect(try permissions(folder + "/a/b") == 0o700)
            for suffix in ["", "-wal", "-shm"] { #expect(try permissions(file + suffix) == 0o600, "\(suffix)") }
        }
    }

    @Test func `an existing folder keeps its permissions`() async throws {
        try await withFolder { folder in
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: folder)
            _ = try SQLiteJournal.open(path: folder + "/state.db")
            #expect(try permissions(folder) == 0o755)
        }
    }

    @Test func `two readers see what a run has written so far, and its writing goes on`() async throws {
        try await withFolder { folder in
            let file = folder + "/state.db"
            let journal = try SQLiteJournal.open(path: file)
            try await journal.begin(Examples.run)
            let readers = [try SQLiteJournal.openForReading(path: file), try SQLiteJournal.openForReading(path: file)]
            for (count, event) in Examples.events.enumerated() {
                try await journal.record(event, run: "r-1", at: Examples.instant(0))
                try await journal.observe(Examples.samples, run: "r-1")
                for reader in readers {
                    #expect(try await reader.events(of: "r-1").count == count + 1)
                    #expect(try await reader.samples(of: "r-1").count == (count + 1) * Examples.samples.count)
                }
            }
        }
    }

    @Test func `a second connection sees all that a process wrote which never closed the file`() async throws {
        try await withFolder { folder in
            let file = folder + "/state.db"
            let killed = try SQLiteJournal.open(path: file)
            try await killed.begin(Examples.run)
            try await killed.intend(.cordon(node: "w-1"), run: "r-1", at: Examples.instant(0))
            try await killed.record(.cordoned(node: "w-1"), run: "r-1", at: Examples.instant(1))
            try await killed.observe(Examples.samples, run: "r-1")
            let next = try SQLiteJournal.open(path: file)
            #expect(try await next.runs() == [Examples.run])
            #expect(try await next.intents(of: "r-1").count == 1)
            try await next.record(.resumed, run: "r-1", at: Examples.instant(2))
            #expect(try await next.events(of: "r-1").map(\.event) == [.cordoned(node: "w-1"), .resumed])
            #expect(try await next.samples(of: "r-1") == Examples.samples)
            #expect(try await killed.lastSequence(of: "r-1") == 3)
        }
    }

    @Test func `the files as they lie on the disk in mid-run hold everything`() async throws {
        try await withFolder { folder in
            let journal = try SQLiteJournal.open(path: folder + "/state.db")
            try await journal.begin(Examples.run)
            for event in Examples.events { try await journal.record(event, run: "r-1", at: Examples.instant(0)) }
            for suffix in ["", "-wal"] {
                try FileManager.default.copyItem(
                    atPath: folder + "/state.db" + suffix,
                    toPath: folder + "/copy.db" + suffix
                )
            }
            for copy in [
                try SQLiteJournal.openForReading(path: folder + "/copy.db"),
                try SQLiteJournal.open(path: folder + "/copy.db"),
            ] { #expect(try await copy.events(of: "r-1").map(\.event) == Examples.events) }
        }
    }

    @Test func `a closed file can be read and be opened again`() async throws {
        try await withFolder { folder in
            let file = folder + "/state.db"
            let journal = try SQLiteJournal.open(path: file)
            try await journal.begin(Examples.run)
            try journal.close()
            let reader = try SQLiteJournal.openForReading(path: file)
            #expect(try await reader.runs() == [Examples.run])
            try reader.close()
            #expect(try await SQLiteJournal.open(path: file).runs() == [Examples.run])
        }
    }

    @Test func `a reader cannot write`() async throws {
        try await withFolder { folder in
            let file = folder + "/state.db"
            _ = try SQLiteJournal.open(path: file)
            let reader = try SQLiteJournal.openForReading(path: file)
            await #expect(throws: HistoryError.self) { try await reader.begin(Examples.run) }
            await #expect(throws: HistoryError.self) { try await reader.observe(Examples.samples, run: "r-1") }
        }
    }

    @Test func `events have their kind and node in columns`() async throws {
        try await withFolder { folder in
            let file = folder + "/state.db"
            let journal = try SQLiteJournal.open(path: file)
            try await journal.begin(Examples.run)
            for event in Examples.events { try await journal.record(event, run: "r-1", at: Examples.instant(0)) }
            let rows = try DatabaseQueue(path: file).read { db in
                try Row.fetchAll(
                    db,
                    sql: """
                        SELECT kind, node, (SELECT key FROM json_each(event)) AS key,
                               (SELECT json_extract(value, '$.node') FROM json_each(event)) AS named
                        FROM events ORDER BY sequence
                        """
                )
            }
            #expect(rows.count == Examples.events.count)
            for row in rows {
                #expect(row["kind"] as String == row["key"] as String)
                #expect(row["node"] as String? == row["named"] as String?)
            }
            #expect(rows.count { $0["node"] as String? == "w-1" } == 13)
        }
    }

    @Test func `events are synced to the disk before the call returns`() async throws {
        try await withFolder { folder in
            let journal = try SQLiteJournal.open(path: folder + "/state.db")
            try await journal.begin(Examples.run)
            #expect(try await journal.durability() == Durability(journalMode: "wal", synchronous: 2))
            try await journal.observe(Examples.samples, run: "r-1")
            #expect(try await journal.durability() == Durability(journalMode: "wal", synchronous: 2))
            await #expect(throws: HistoryError.self) { try await journal.observe(Examples.samples, run: "r-9") }
            #expect(try await journal.durability() == Durability(journalMode: "wal", synchronous: 2))
        }
    }

    private func permissions(_ path: String) throws -> mode_t {
        var status = stat()
        try #require(stat(path, &status) == 0, "\(path)")
        return status.st_mode & 0o777
    }
}

/// How the connection that writes keeps its promise.
private struct Durability: Equatable {
    var journalMode: String?
    /// 2 is FULL.
    var synchronous: Int?
}

extension SQLiteJournal {
    fileprivate func durability() async throws -> Durability {
        try await database.writeWithoutTransaction { db in
            Durability(
                journalMode: try String.fetchOne(db, sql: "PRAGMA journal_mode"),
                synchronous: try Int.fetchOne(db, sql: "PRAGMA synchronous")
            )
        }
    }
}
