import ClusterModel
import History
import Ports
import Rollout
import Testing

struct JournalTests {
    @Test func `every event comes back as it was, in the order it was written`() async throws {
        try await withFolder { folder in
            let journal = try SQLiteJournal.open(path: folder + "/state.db")
            try await journal.begin(Examples.run)
            // Falling times: the order is that of writing, not of the clock.
            let entries = Examples.events.enumerated().map { index, event in
                RecordedEvent(at: Examples.instant(Int64(100 - index)), event: event)
            }
            for entry in entries { try await journal.record(entry.event, run: "r-1", at: entry.at) }
            #expect(try await journal.events(of: "r-1") == entries)
        }
    }

    @Test func `the examples hold every kind of event`() async throws {
        let kinds = Examples.events.map { event in String("\(event)".prefix { $0 != "(" }) }
        // One more than there are cases: stepFinished stands there twice.
        #expect(Set(kinds).count == 27 && kinds.count == 28)
    }

    @Test func `every effect comes back as it was, numbered together with the events`() async throws {
        try await withFolder { folder in
            let journal = try SQLiteJournal.open(path: folder + "/state.db")
            try await journal.begin(Examples.run)
            try await journal.record(.cordoned(node: "w-1"), run: "r-1", at: Examples.instant(0))
            for effect in Examples.effects { try await journal.intend(effect, run: "r-1", at: Examples.instant(1)) }
            try await journal.record(.finished, run: "r-1", at: Examples.instant(2))
            let intents = try await journal.intents(of: "r-1")
            #expect(intents.map(\.effect) == Examples.effects)
            #expect(intents.map(\.sequence) == (2...13).map { Int64($0) })
            #expect(intents.allSatisfy { $0.at == Examples.instant(1) })
            #expect(try await journal.lastSequence(of: "r-1") == 14)
        }
    }

    @Test func `samples come back as they were`() async throws {
        try await withFolder { folder in
            let journal = try SQLiteJournal.open(path: folder + "/state.db")
            try await journal.begin(Examples.run)
            try await journal.observe(Array(Examples.samples.prefix(2)), run: "r-1")
            try await journal.observe([], run: "r-1")
            try await journal.observe(Array(Examples.samples.dropFirst(2)), run: "r-1")
            #expect(try await journal.samples(of: "r-1") == Examples.samples)
        }
    }

    @Test func `runs are listed the newest first and hold their own entries only`() async throws {
        try await withFolder { folder in
            let journal = try SQLiteJournal.open(path: folder + "/state.db")
            var later = Examples.run
            later.id = "r-0"
            later.startedAt = Examples.instant(60)
            try await journal.begin(Examples.run)
            try await journal.begin(later)
            try await journal.record(.interrupted, run: "r-0", at: Examples.instant(61))
            #expect(try await journal.runs() == [later, Examples.run])
            #expect(try await journal.run("r-1") == Examples.run)
            #expect(try await journal.events(of: "r-1").isEmpty)
            #expect(try await journal.lastSequence(of: "r-0") == 1)
            #expect(try await journal.lastSequence(of: "r-1") == 0)
        }
    }

    @Test func `a run may begin again as it is, but not as another`() async throws {
        try await withFolder { folder in
            let file = folder + "/state.db"
            let journal = try SQLiteJournal.open(path: file)
            try await journal.begin(Examples.run)
            try await journal.begin(Examples.run)
            #expect(try await journal.runs().count == 1)
            var other = Examples.run
            other.cluster = "customer-b"
            let error = await #expect(throws: HistoryError.self) { try await journal.begin(other) }
            #expect(error == .runExists(file: file, run: "r-1"))
        }
    }

    @Test func `nothing can be written for a run that has not begun`() async throws {
        try await withFolder { folder in
            let file = folder + "/state.db"
            let journal = try SQLiteJournal.open(path: file)
            let missing = HistoryError.noSuchRun(file: file, run: "r-9")
            await #expect(throws: missing) { try await journal.record(.finished, run: "r-9", at: Examples.instant(0)) }
            await #expect(throws: missing) {
                try await journal.intend(.cordon(node: "w"), run: "r-9", at: Examples.instant(0))
            }
            await #expect(throws: missing) { try await journal.observe(Examples.samples, run: "r-9") }
            await #expect(throws: missing) { try await journal.run("r-9") }
            #expect(try await journal.events(of: "r-9").isEmpty)
        }
    }

    @Test func `an outcome is written down even by a task that was cancelled`() async throws {
        try await withFolder { folder in
            let journal = try SQLiteJournal.open(path: folder + "/state.db")
            try await journal.begin(Examples.run)
            let task = Task {
                while !Task.isCancelled { await Task.yield() }
                try await journal.record(.drained(node: "w-1"), run: "r-1", at: Examples.instant(3))
            }
            task.cancel()
            try await task.value
            #expect(try await journal.events(of: "r-1").map(\.event) == [.drained(node: "w-1")])
        }
    }

    @Test func `entries written at the same time get numbers of their own`() async throws {
        try await withFolder { folder in
            let journal = try SQLiteJournal.open(path: folder + "/state.db")
            try await journal.begin(Examples.run)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for index in 0..<20 {
                    group.addTask {
                        try await journal.record(.cordoned(node: "w-\(index)"), run: "r-1", at: Examples.instant(0))
                    }
                    group.addTask {
                        try await journal.intend(.cordon(node: "w-\(index)"), run: "r-1", at: Examples.instant(0))
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await journal.lastSequence(of: "r-1") == 40)
            #expect(Set(try await journal.events(of: "r-1").map(\.event)).count == 20)
            #expect(Set(try await journal.intents(of: "r-1").map(\.sequence)).count == 20)
        }
    }
}
