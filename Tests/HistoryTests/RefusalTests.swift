import FoundationEssentials
import GRDB
import History
import Ports
import Rollout
import Testing

struct RefusalTests {
    typealias Opener = @Sendable (String) throws -> SQLiteJournal

    static let openers: [Opener] = [
        { try SQLiteJournal.open(path: $0) }, { try SQLiteJournal.openForReading(path: $0) },
    ]

    @Test func `a missing file says how to get one`() async throws {
        try await withFolder { folder in
            let file = folder + "/state.db"
            let error = #expect(throws: HistoryError.self) { try SQLiteJournal.openForReading(path: file) }
            #expect(
                error?.description
                    == "no runs are recorded in \(file): run one first or name another with --state"
            )
            #expect(!FileManager.default.fileExists(atPath: file))
        }
    }

    @Test func `an empty file has no runs to read and can be written`() async throws {
        try await withFolder { folder in
            let file = folder + "/state.db"
            try Data().write(to: URL(filePath: file))
            #expect(throws: HistoryError.noRuns(file: file)) { try SQLiteJournal.openForReading(path: file) }
            #expect(try await SQLiteJournal.open(path: file).runs().isEmpty)
        }
    }

    @Test(arguments: openers) func `a newer schema is refused in one line`(open: Opener) async throws {
        try await withFolder { folder in
            let file = folder + "/state.db"
            try SQLiteJournal.open(path: file).close()
            let queue = try DatabaseQueue(path: file)
            try await queue.write { try $0.execute(sql: "INSERT INTO grdb_migrations VALUES ('3 from the future')") }
            try queue.close()
            let error = #expect(throws: HistoryError.self) { try open(file) }
            #expect(error == .newerSchema(file: file))
            #expect(
                error?.description
                    == "\(file) was written by a newer evenkeel: use that release, or name another folder with --state"
            )
        }
    }

    @Test(arguments: openers) func `another program's SQLite file is refused and left alone`(open: Opener) async throws
    {
        try await withFolder { folder in
            let file = folder + "/other.db"
            let queue = try DatabaseQueue(path: file)
            try await queue.write { try $0.execute(sql: "CREATE TABLE runs (id TEXT)") }
            try queue.close()
            #expect(throws: HistoryError.foreign(file: file)) { try open(file) }
            let tables = try await DatabaseQueue(path: file).read {
                try String.fetchAll($0, sql: "SELECT name FROM sqlite_master")
            }
            #expect(tables == ["runs"])
        }
    }

    @Test func `a file whose making was cut short can be used`() async throws {
        try await withFolder { folder in
            let file = folder + "/state.db"
            let queue = try DatabaseQueue(path: file)
            try await queue.write { try $0.execute(sql: "CREATE TABLE grdb_migrations (identifier TEXT PRIMARY KEY)") }
            try queue.close()
            #expect(throws: HistoryError.noRuns(file: file)) { try SQLiteJournal.openForReading(path: file) }
            #expect(try await SQLiteJournal.open(path: file).runs().isEmpty)
        }
    }

    @Test(arguments: openers) func `a file that is no SQLite file says so in one line`(open: Opener) async throws {
        try await withFolder { folder in
            let file = folder + "/state.db"
            try Data(String(repeating: "not a database\n", count: 100).utf8).write(to: URL(filePath: file))
            let error = #expect(throws: HistoryError.self) { try open(file) }
            #expect(error == .damaged(file: file))
            #expect(error?.description.contains("\n") == false)
        }
    }

    @Test func `damaged pages are noticed when they are read`() async throws {
        try await withFolder { folder in
            let file = folder + "/state.db"
            let journal = try SQLiteJournal.open(path: file)
            try await journal.begin(Examples.run)
            for event in Examples.events { try await journal.record(event, run: "r-1", at: Examples.instant(0)) }
            try journal.close()
            var bytes = try Data(contentsOf: URL(filePath: file))
            for index in 4096..<bytes.count { bytes[index] = 0xA5 }
            try bytes.write(to: URL(filePath: file))
            #expect(throws: HistoryError.damaged(file: file)) { try SQLiteJournal.openForReading(path: file) }
        }
    }

    @Test func `an entry of an unknown kind names its place`() async throws {
        try await withFolder { folder in
            let file = folder + "/state.db"
            let journal = try SQLiteJournal.open(path: file)
            try await journal.begin(Examples.run)
            try await journal.record(.finished, run: "r-1", at: Examples.instant(0))
            try await DatabaseQueue(path: file).write {
                try $0.execute(sql: "UPDATE events SET event = '{\"paused\":{}}', seal = NULL")
            }
            let error = await #expect(throws: HistoryError.self) { try await journal.events(of: "r-1") }
            #expect(error == .unreadable(file: file, run: "r-1", sequence: 1))
        }
    }

    @Test func `a folder that cannot be made is named`() async throws {
        try await withFolder { folder in
            try Data().write(to: URL(filePath: folder + "/file"))
            let file = folder + "/file/state.db"
            let error = #expect(throws: HistoryError.self) { try SQLiteJournal.open(path: file) }
            guard case .cannotOpen(file, _) = error else {
                Issue.record("\(String(describing: error))")
                return
            }
        }
    }
}
