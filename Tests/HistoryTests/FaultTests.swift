import Foundation
import GRDB
import Ports
import Rollout
import Testing

@testable import History

/// What disks and files do to a journal; all with real SQLite files.
struct FaultTests {
    /// A journal with every event, and how many were acknowledged.
    private func filled(_ file: String) async throws {
        let journal = try SQLiteJournal.open(path: file)
        try await journal.begin(Examples.run)
        for event in Examples.events { try await journal.record(event, run: "r-1", at: Examples.instant(0)) }
        try journal.close()
    }

    @Test func `a full disk is one clear line, and what was acknowledged is there afterwards`() async throws {
        try await withFolder { folder in
            let file = folder + "/state.db"
            let journal = try SQLiteJournal.open(path: file)
            try await journal.begin(Examples.run)
            try await journal.database.writeWithoutTransaction { db in
                let pages = try Int.fetchOne(db, sql: "PRAGMA page_count") ?? 0
                try db.execute(sql: "PRAGMA max_page_count = \(pages + 3)")
            }
            var acknowledged: [Event] = []
            let error = await #expect(throws: HistoryError.self) {
                for number in 0..<1000 {
                    let event = Event.halted(reason: String(repeating: "x", count: 200) + "\(number)")
                    try await journal.record(event, run: "r-1", at: Examples.instant(0))
                    acknowledged.append(event)
                }
            }
            #expect(acknowledged.count > 3 && acknowledged.count < 1000)
            let text = try #require(error?.description)
            #expect(text.contains("full") && text.contains("check the disk's room") && !text.contains("\n"), "\(text)")
            let next = try SQLiteJournal.open(path: file)
            #expect(try await next.events(of: "r-1").map(\.event) == acknowledged)
            try await next.record(.resumed, run: "r-1", at: Examples.instant(1))
        }
    }

    @Test func `a disk that became read-only is one clear line`() async throws {
        try await withFolder { folder in
            let journal = try SQLiteJournal.open(path: folder + "/state.db")
            try await journal.begin(Examples.run)
            try await journal.database.writeWithoutTransaction { try $0.execute(sql: "PRAGMA query_only = 1") }
            let error = await #expect(throws: HistoryError.self) {
                try await journal.record(.resumed, run: "r-1", at: Examples.instant(0))
            }
            #expect(error?.description.contains("readonly") == true, "\(String(describing: error))")
            #expect(try await journal.events(of: "r-1").isEmpty)
        }
    }

    @Test(arguments: ["event = replace(event, 'w-1', 'w-3')", "at = at + 1", "sequence = sequence + 1000"])
    func `an entry that is not as it was written is noticed`(change: String) async throws {
        try await withFolder { folder in
            let file = folder + "/state.db"
            try await filled(file)
            let queue = try DatabaseQueue(path: file)
            try await queue.write { db in
                try db.execute(sql: "UPDATE events SET \(change) WHERE kind = 'drained'")
            }
            try queue.close()
            let journal = try SQLiteJournal.open(path: file)
            let error = await #expect(throws: HistoryError.self) { try await journal.events(of: "r-1") }
            guard case .broken(file, "r-1", _) = error else {
                Issue.record("\(String(describing: error))")
                return
            }
        }
    }

    @Test func `an entry that is missing is noticed`() async throws {
        try await withFolder { folder in
            let file = folder + "/state.db"
            try await filled(file)
            let queue = try DatabaseQueue(path: file)
            try await queue.write { try $0.execute(sql: "DELETE FROM events WHERE kind = 'verified'") }
            try queue.close()
            let journal = try SQLiteJournal.openForReading(path: file)
            let error = await #expect(throws: HistoryError.self) { try await journal.events(of: "r-1") }
            guard case .broken = error else {
                Issue.record("\(String(describing: error))")
                return
            }
        }
    }

    /// Every bit of some hundred bytes all over the file, one at a time: refused in one line, or read as it was written.
    @Test func `a flipped bit is noticed, or does no harm`() async throws {
        try await withFolder { folder in
            let file = folder + "/state.db"
            try await filled(file)
            let sound = try Data(contentsOf: URL(filePath: file))
            var refused = 0
            for place in stride(from: 3, to: sound.count, by: max(1, sound.count / 150)) {
                var bytes = sound
                bytes[place] ^= 1 << UInt8(place % 8)
                try bytes.write(to: URL(filePath: file))
                for suffix in ["-wal", "-shm"] { try? FileManager.default.removeItem(atPath: file + suffix) }
                do {
                    let journal = try SQLiteJournal.open(path: file)
                    let runs = try await journal.runs()
                    if runs.map(\.id) == ["r-1"] {
                        let events = try await journal.events(of: "r-1").map(\.event)
                        #expect(events == Examples.events, "byte \(place)")
                    }
                    try journal.close()
                } catch let error as HistoryError {
                    refused += 1
                    #expect(!error.description.contains("\n"))
                }
            }
            #expect(refused > 5, "\(refused)")
        }
    }

    @Test(arguments: [100, 4096, 8192, 20_000]) func `a file that was cut short is refused`(length: Int) async throws {
        try await withFolder { folder in
            let file = folder + "/state.db"
            try await filled(file)
            let sound = try Data(contentsOf: URL(filePath: file))
            try #require(sound.count > length)
            try sound.prefix(length).write(to: URL(filePath: file))
            for suffix in ["-wal", "-shm"] { try? FileManager.default.removeItem(atPath: file + suffix) }
            #expect(throws: HistoryError.self) { try SQLiteJournal.open(path: file) }
        }
    }

    @Test func `a file of the first schema is read, goes on, and is sealed from there`() async throws {
        try await withFolder { folder in
            let file = folder + "/state.db"
            try await filled(file)
            let queue = try DatabaseQueue(path: file)
            try await queue.write { db in
                try db.execute(sql: "ALTER TABLE events DROP COLUMN seal")
                try db.execute(sql: "DELETE FROM grdb_migrations WHERE identifier LIKE '2 %'")
            }
            try queue.close()
            let journal = try SQLiteJournal.open(path: file)
            #expect(try await journal.events(of: "r-1").map(\.event) == Examples.events)
            try await journal.record(.resumed, run: "r-1", at: Examples.instant(9))
            #expect(try await journal.events(of: "r-1").count == Examples.events.count + 1)
        }
    }
}
