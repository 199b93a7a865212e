import ClusterModel
import GRDB
import Ports

/// A sample as a row: plain columns, as there are many of them.
enum SampleRow {
    static let insertion = """
        INSERT INTO samples (run, at, kind, subject, healthy, wanted, workloads, observed) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
        """

    static func arguments(_ sample: HealthSample, run: String) -> StatementArguments {
        let (kind, subject) = names(sample.subject)
        // Neither kinds nor names hold a comma.
        let workloads = sample.workloads.map(\.description).joined(separator: ",")
        return [
            run, sample.at.milliseconds, kind, subject, sample.healthy, sample.wanted, workloads, sample.observed,
        ]
    }

    /// Nil where the row's names cannot be read.
    static func sample(_ row: Row) -> HealthSample? {
        guard let subject = subject(kind: row["kind"], name: row["subject"]) else { return nil }
        let names = (row["workloads"] as String).split(separator: ",")
        let workloads = names.compactMap { WorkloadID($0) }
        guard workloads.count == names.count else { return nil }
        return HealthSample(
            at: Instant(milliseconds: row["at"]),
            subject: subject,
            healthy: row["healthy"],
            wanted: row["wanted"],
            workloads: workloads,
            observed: row["observed"]
        )
    }

    private static func names(_ subject: HealthSample.Subject) -> (String, String) {
        switch subject {
        case .workload(let id): ("workload", id.description)
        case .budget(let id): ("budget", id.description)
        }
    }

    private static func subject(kind: String, name: String) -> HealthSample.Subject? {
        switch kind {
        case "workload": WorkloadID(name).map { .workload($0) }
        case "budget": BudgetID(name).map { .budget($0) }
        default: nil
        }
    }
}
