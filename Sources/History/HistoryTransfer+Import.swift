import ClusterModel
import FoundationEssentials
import GRDB
import Reliability

extension HistoryTransfer {
    /// Why lines cannot be taken in.
    package enum ImportError: Error, Hashable, Sendable, CustomStringConvertible {
        case noHistory
        case newer(version: Int)
        case badLine(Int)

        package var description: String {
            switch self {
            case .noHistory:
                "the first line is no header of an exported history: give a file that `history export` wrote"
            case .newer(let version):
                "the history was exported by a newer evenkeel (version \(version)): use that release"
            case .badLine(let number): "line \(number) cannot be read: export the history again; nothing was taken in"
            }
        }
    }

    /// Takes lines in, all or none of each file; what is there already stays as it is.
    package static func `import`(
        _ lines: some Sequence<String>,
        journal: SQLiteJournal,
        observations: ObservationFile
    ) async throws -> Counts {
        var reader = Reader()
        for line in lines where !line.isEmpty { try reader.take(line) }
        guard reader.hasHeader else { throw ImportError.noHistory }
        let history = reader
        try await journal.write { db in try store(history, runsIn: db) }
        try await observations.write { db in
            try store(history, observationsIn: db)
            try store(history, probesIn: db)
        }
        return history.counts
    }

    private static func store(_ history: Reader, runsIn db: Database) throws {
        for run in history.runs {
            try db.execute(
                sql: "INSERT OR IGNORE INTO runs (id, started_at, started_by, cluster, plan) VALUES (?, ?, ?, ?, ?)",
                arguments: [run.id, run.at, run.by, run.cluster, run.plan]
            )
        }
        for entry in history.entries {
            if entry.type == "intent" {
                try db.execute(
                    sql: "INSERT OR IGNORE INTO intents (run, sequence, at, effect) VALUES (?, ?, ?, ?)",
                    arguments: [entry.run, entry.sequence, entry.at, entry.body]
                )
            } else {
                try db.execute(
                    sql:
                        "INSERT OR IGNORE INTO events (run, sequence, at, kind, node, event) VALUES (?, ?, ?, ?, ?, ?)",
                    arguments: [entry.run, entry.sequence, entry.at, entry.kind, entry.node, entry.body]
                )
            }
        }
        for (run, samples) in Dictionary(grouping: history.samples, by: \.run) {
            // Samples have no name of their own; the fuller record of a run is the later one.
            let known = try Int.fetchOne(db, sql: "SELECT count(*) FROM samples WHERE run = ?", arguments: [run]) ?? 0
            guard samples.count > known else { continue }
            try db.execute(sql: "DELETE FROM samples WHERE run = ?", arguments: [run])
            for sample in samples {
                try db.execute(
                    sql: SampleRow.insertion,
                    arguments: [
                        run, sample.at, sample.kind, sample.name, sample.healthy, sample.wanted, sample.workloads,
                        sample.observed,
                    ]
                )
            }
        }
    }

    private static func store(_ history: Reader, observationsIn db: Database) throws {
        for span in history.spans {
            let times: StatementArguments = [span.at, span.ended]
            try db.execute(sql: "UPDATE spans SET ended = max(ended, ?2) WHERE started = ?1", arguments: times)
            if db.changesCount == 0 {
                try db.execute(sql: "INSERT INTO spans (started, ended) VALUES (?, ?)", arguments: times)
            }
        }
        for subject in history.subjects {
            try db.execute(
                sql: "INSERT INTO subjects (kind, name, zone) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
                arguments: [subject.line.kind, subject.line.name, subject.line.node]
            )
            let name: StatementArguments = [subject.line.kind, subject.line.name]
            let sql = "SELECT id FROM subjects WHERE kind = ? AND name = ?"
            guard let id = try Int64.fetchOne(db, sql: sql, arguments: name) else { continue }
            for workload in (subject.line.workloads ?? "").split(separator: ",") {
                try db.execute(
                    sql: "INSERT OR IGNORE INTO selections VALUES (?, ?)",
                    arguments: [id, String(workload)]
                )
            }
            let insertion = try db.cachedStatement(sql: "INSERT OR IGNORE INTO observations VALUES (?, ?, ?, ?)")
            for seen in subject.observations {
                try insertion.execute(arguments: [id, seen.at, seen.healthy, seen.wanted])
            }
        }
    }
}

extension HistoryTransfer {
    /// A line of any type.
    struct Line: Decodable, Sendable {
        var type: String
        var version: Int?
        var run, by, cluster, plan, kind, name, node, workloads, body: String?
        var id: String?
        var at, ended, sequence, interval: Int64?
        var healthy, wanted, missed: Int?
        var observed: Int?
    }

    /// An exported history, sorted out.
    struct Reader: Sendable {
        private(set) var hasHeader = false
        private(set) var runs: [Line] = []
        private(set) var entries: [Line] = []
        private(set) var samples: [Line] = []
        private(set) var spans: [Line] = []
        private(set) var subjects: [(line: Line, observations: [Line])] = []
        private(set) var probes: [(line: Line, spans: [Line], looks: [Line])] = []
        private(set) var labels: [Line] = []
        private(set) var counts = Counts()
        private var number = 0

        mutating func take(_ text: String) throws {
            number += 1
            guard let line = try? JSONDecoder().decode(Line.self, from: Data(text.utf8)) else {
                throw hasHeader ? ImportError.badLine(number) : ImportError.noHistory
            }
            guard hasHeader else { return try begin(line) }
            try sort(line)
        }

        private mutating func begin(_ line: Line) throws {
            guard line.type == "evenkeel-history", let version = line.version else { throw ImportError.noHistory }
            guard version <= HistoryTransfer.version else { throw ImportError.newer(version: version) }
            hasHeader = true
        }

        private mutating func sort(_ line: Line) throws {
            switch line.type {
            case "run" where line.id != nil && line.plan != nil:
                runs.append(line)
                counts.runs += 1
            case "event" where line.sequence != nil, "intent" where line.sequence != nil:
                entries.append(line)
                counts.entries += 1
            case "sample" where line.run != nil:
                samples.append(line)
                counts.samples += 1
            case "span" where line.ended != nil: spans.append(line)
            case "subject" where line.kind != nil: subjects.append((line, []))
            case "observation" where !subjects.isEmpty && line.at != nil:
                subjects[subjects.count - 1].observations.append(line)
                counts.observations += 1
            case "probe" where line.workloads != nil && line.interval != nil: probes.append((line, [], []))
            case "probed" where !probes.isEmpty && line.ended != nil: probes[probes.count - 1].spans.append(line)
            case "looks" where !probes.isEmpty && line.body != nil: probes[probes.count - 1].looks.append(line)
            case "labels" where line.name != nil && line.body != nil: labels.append(line)
            default: throw ImportError.badLine(number)
            }
        }
    }
}
