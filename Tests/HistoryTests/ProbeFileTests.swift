import ClusterModel
import GRDB
import History
import Ports
import Reliability
import Synchronization
import Testing

struct ProbeFileTests {
    private static let id = ProbeID(workload: "shop/web", name: "port", source: "tcp", interval: .milliseconds(500))
    private static let window = Interval(from: Examples.instant(0), to: Examples.instant(1000))

    private static func span(_ start: Int64, _ end: Int64, _ isUp: Bool, lead: Int64 = 0) -> ProbeSpan {
        ProbeSpan(
            start: Examples.instant(start),
            end: Examples.instant(end),
            isUp: isUp,
            lead: .seconds(lead)
        )
    }

    private static func looks(_ start: Int64, good: Int, failed: Int = 0) -> ProbeLooks {
        var looks = ProbeLooks(start: Examples.instant(start))
        for index in 0..<good { looks.count(.good(.milliseconds(index + 1))) }
        for _ in 0..<failed { looks.count(.failed) }
        return looks
    }

    private static func fill(_ file: ObservationFile) async throws {
        let first = try await file.beginProbe(id, at: Examples.instant(0))
        try await file.extendProbe(
            first,
            with: [span(0, 10, true)],
            looks: looks(0, good: 20),
            until: Examples.instant(10)
        )
        try await file.extendProbe(
            first,
            with: [span(0, 12, true), span(12, 15, false, lead: 1)],
            looks: looks(0, good: 24, failed: 6),
            until: Examples.instant(15)
        )
        let second = try await file.beginProbe(id, at: Examples.instant(300))
        try await file.extendProbe(
            second,
            with: [span(300, 400, true)],
            looks: looks(300, good: 200),
            until: Examples.instant(400)
        )
        try await file.note(labels: [Examples.web: ["app": "web", "tier": "gold"], Examples.database: [:]])
    }

    @Test func `what was probed is read with its gaps, and what was written twice counts once`() async throws {
        try await withFolder { folder in
            let file = try ObservationFile.open(path: folder + "/o.sqlite")
            try await Self.fill(file)
            let record = try #require(try await file.probes(in: Self.window).first)
            #expect(record.id == Self.id)
            #expect(record.timeline.observed(in: Self.window).duration == .seconds(115))
            let outages = record.timeline.outages(in: Self.window)
            #expect(outages.map(\.down) == [.seconds(3)])
            #expect(record.longestDown(outages) == .seconds(4))
            #expect(record.looks?.good == 224 && record.looks?.failed == 6)
            #expect(record.looks?.latency.longest == .milliseconds(200))
            let labels = try await file.labels()
            #expect(labels == [Examples.web: ["app": "web", "tier": "gold"], Examples.database: [:]])
        }
    }

    @Test func `a history that is carried away has the probes in it, and taking it twice changes nothing`() async throws
    {
        try await withFolder { folder in
            let file = try ObservationFile.open(path: folder + "/o.sqlite")
            try await Self.fill(file)
            let lines = Mutex<[String]>([])
            _ = try await HistoryTransfer.export(journal: nil, observations: file) { line in
                lines.withLock { $0.append(line) }
            }
            let journal = try SQLiteJournal.open(path: folder + "/journal.sqlite")
            let other = try ObservationFile.open(path: folder + "/other.sqlite")
            for _ in 0..<2 {
                _ = try await HistoryTransfer.import(lines.withLock { $0 }, journal: journal, observations: other)
                #expect(try await other.probes(in: Self.window) == file.probes(in: Self.window))
                #expect(try await other.labels() == file.labels())
            }
        }
    }

    @Test func `what is forgotten takes its probes along`() async throws {
        try await withFolder { folder in
            let file = try ObservationFile.open(path: folder + "/o.sqlite")
            try await Self.fill(file)
            try await file.forget(before: Examples.instant(200))
            let record = try #require(try await file.probes(in: Self.window).first)
            #expect(record.timeline.observed(in: Self.window).duration == .seconds(100))
            #expect(record.looks?.good == 200)
        }
    }

    @Test func `a file from before there were probes is read, and has none`() async throws {
        try await withFolder { folder in
            let path = folder + "/o.sqlite"
            let old = try ObservationFile.open(path: path)
            _ = try await old.beginSpan([], at: Examples.instant(0))
            try old.close()
            let queue = try DatabaseQueue(path: path)
            try await queue.write { db in
                try db.execute(
                    sql: """
                        DROP TABLE probe_spans; DROP TABLE probe_looks; DROP TABLE probes; DROP TABLE labels;
                        DELETE FROM grdb_migrations WHERE identifier LIKE '2 %';
                        """
                )
            }
            try queue.close()
            let file = try #require(try ObservationFile.openForReading(path: path))
            #expect(try await file.probes(in: Self.window).isEmpty)
            #expect(try await file.labels().isEmpty)
            try file.close()
            // Written again, it is brought up to date.
            let fresh = try ObservationFile.open(path: path)
            try await Self.fill(fresh)
            #expect(try await fresh.probes(in: Self.window).count == 1)
        }
    }
}
