import ClusterModel
import History
import Ports
import Reliability
import Synchronization
import Testing

struct ObservationTests {
    private static let web = Examples.web
    private static let window = Interval(from: Examples.instant(0), to: Examples.instant(1000))

    private static func seen(_ second: Int64, _ healthy: Int, of wanted: Int = 3) -> Observation {
        Observation(at: Examples.instant(second), subject: .workload(web), healthy: healthy, wanted: wanted)
    }

    private static func node(_ second: Int64, _ ready: Bool, zone: String? = "a") -> Observation {
        Observation(at: Examples.instant(second), subject: .node("n-1"), healthy: ready ? 1 : 0, wanted: 1, zone: zone)
    }

    private static func fill(_ file: ObservationFile) async throws {
        let budget = Observation(
            at: Examples.instant(0),
            subject: .budget(BudgetID(namespace: "shop", name: "web")),
            healthy: 3,
            wanted: 2,
            workloads: [Examples.database, web]
        )
        let first = try await file.beginSpan([seen(0, 3), node(0, true), budget], at: Examples.instant(0))
        try await file.extendSpan(first, with: [seen(10, 0), seen(40, 3)], until: Examples.instant(100))
        let second = try await file.beginSpan([node(300, false)], at: Examples.instant(300))
        try await file.extendSpan(second, with: [], until: Examples.instant(400))
    }

    @Test func `what was written is read with its gaps`() async throws {
        try await withFolder { folder in
            let file = try ObservationFile.open(path: folder + "/o.sqlite")
            try await Self.fill(file)
            let record = try await file.record(in: Self.window)
            #expect(record.spans.map(\.duration) == [.seconds(100), .seconds(100)])
            let timeline = try #require(record.workloads[Self.web])
            #expect(timeline.down(in: Self.window).duration == .seconds(30))
            #expect(timeline.observed(in: Self.window).duration == .seconds(200))
            #expect(record.nodes["n-1"]?.down(in: Self.window).duration == .seconds(100))
            #expect(record.zones == ["n-1": "a"])
            #expect(record.selections[BudgetID(namespace: "shop", name: "web")] == [Examples.database, Self.web])
        }
    }

    @Test func `a later window knows what held when it began`() async throws {
        try await withFolder { folder in
            let file = try ObservationFile.open(path: folder + "/o.sqlite")
            try await Self.fill(file)
            let late = Interval(from: Examples.instant(350), to: Examples.instant(1000))
            let record = try await file.record(in: late)
            #expect(record.nodes["n-1"]?.down(in: late).duration == .seconds(50))
            #expect(record.workloads[Self.web]?.observed(in: late).duration == .seconds(50))
        }
    }

    @Test func `another process goes on from the newest of each thing`() async throws {
        try await withFolder { folder in
            let path = folder + "/o.sqlite"
            try await Self.fill(try ObservationFile.open(path: path))
            let latest = try await ObservationFile.open(path: path).latest()
            #expect(Set(latest.map(\.at)) == [Examples.instant(0), Examples.instant(40), Examples.instant(300)])
            #expect(latest.first { $0.subject == .node("n-1") }?.zone == "a")
        }
    }

    @Test func `forgetting keeps what still holds`() async throws {
        try await withFolder { folder in
            let file = try ObservationFile.open(path: folder + "/o.sqlite")
            try await Self.fill(file)
            try await file.forget(before: Examples.instant(50))
            let record = try await file.record(in: Self.window)
            #expect(record.workloads[Self.web]?.down(in: Self.window).isEmpty == true)
            #expect(record.workloads[Self.web]?.observed(in: Self.window).duration == .seconds(150))
            #expect(record.nodes["n-1"]?.down(in: Self.window).duration == .seconds(100))
        }
    }

    @Test func `a missing file is none, and the record of runs is another program's`() async throws {
        try await withFolder { folder in
            #expect(try ObservationFile.openForReading(path: folder + "/o.sqlite") == nil)
            try SQLiteJournal.open(path: folder + "/journal.sqlite").close()
            #expect(throws: HistoryError.foreign(file: folder + "/journal.sqlite")) {
                _ = try ObservationFile.openForReading(path: folder + "/journal.sqlite")
            }
        }
    }

    @Test func `an exported history can be taken in elsewhere, and twice changes nothing`() async throws {
        try await withFolder { folder in
            let journal = try SQLiteJournal.open(path: folder + "/a/journal.sqlite")
            try await journal.begin(Examples.run)
            for effect in Examples.effects { try await journal.intend(effect, run: "r-1", at: Examples.instant(1)) }
            for event in Examples.events { try await journal.record(event, run: "r-1", at: Examples.instant(2)) }
            try await journal.observe(Examples.samples, run: "r-1")
            let seen = try ObservationFile.open(path: folder + "/a/o.sqlite")
            try await Self.fill(seen)
            let lines = Mutex<[String]>([])
            let counts = try await HistoryTransfer.export(journal: journal, observations: seen) { line in
                lines.withLock { $0.append(line) }
            }
            #expect(counts.runs == 1 && counts.samples == 4 && counts.observations == 6)

            let other = try SQLiteJournal.open(path: folder + "/b/journal.sqlite")
            let elsewhere = try ObservationFile.open(path: folder + "/b/o.sqlite")
            for _ in 0..<2 {
                let taken = try await HistoryTransfer.import(
                    lines.withLock { $0 },
                    journal: other,
                    observations: elsewhere
                )
                #expect(taken == counts)
                #expect(try await other.runs() == [Examples.run])
                #expect(try await other.events(of: "r-1") == journal.events(of: "r-1"))
                #expect(try await other.intents(of: "r-1") == journal.intents(of: "r-1"))
                #expect(try await other.samples(of: "r-1") == Examples.samples)
                #expect(try await elsewhere.record(in: Self.window) == seen.record(in: Self.window))
            }
        }
    }

    @Test(arguments: [
        ([], HistoryTransfer.ImportError.noHistory), (["{}"], .noHistory), (["not JSON"], .noHistory),
        ([#"{"type":"evenkeel-history","version":9}"#], .newer(version: 9)),
        ([#"{"type":"evenkeel-history","version":1}"#, #"{"type":"span","at":1}"#], .badLine(2)),
        ([#"{"type":"evenkeel-history","version":1}"#, #"{"type":"observation","at":1}"#], .badLine(2)),
        ([#"{"type":"evenkeel-history","version":1}"#, "{"], .badLine(2)),
    ]) func `lines that are no history are refused`(lines: [String], error: HistoryTransfer.ImportError) async throws {
        try await withFolder { folder in
            let journal = try SQLiteJournal.open(path: folder + "/journal.sqlite")
            let observations = try ObservationFile.open(path: folder + "/o.sqlite")
            await #expect(throws: error) {
                _ = try await HistoryTransfer.import(lines, journal: journal, observations: observations)
            }
        }
    }
}
