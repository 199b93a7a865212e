// What SSH clients use, and how it is printed.
import Foundation

/// What is measured.
enum SSHWork: String {
    case first = "first connection, 1 command"
    case reused = "commands, reused"
    case push = "upload"

    /// For what the CPU seconds are given.
    var unit: String { self == .push ? "GB" : "1,000" }
}

/// One line of the table.
struct SSHRow {
    var who: String
    var work: SSHWork
    var count: Int
    /// For how many it failed; 1 for a client that only says that it did.
    var failed: Int
    var cost: SSHUsage.Cost
    var units: Double
    var peak: Double?

    private var perUnit: Double { cost.cpu / units }

    static func showHeader() {
        print(
            line(
                "who",
                "what",
                "targets",
                "failed",
                "CPU s",
                "CPU s per unit",
                "wall s",
                "peak RSS",
                "servers' CPU s",
                ""
            )
        )
    }

    func show(besides rows: [SSHWork: SSHRow]) {
        let ratio = rows[work].map { String(format: "%.2f times %@", perUnit / $0.perUnit, $0.who) }
        print(
            Self.line(
                who,
                work.rawValue,
                "\(count)",
                "\(failed)",
                Self.decimal(cost.cpu),
                "\(Self.decimal(perUnit)) per \(work.unit)",
                Self.decimal(cost.wall),
                peak.map { String(format: "%.1f MiB", $0) } ?? "-",
                cost.servers.map(Self.decimal) ?? "-",
                ratio ?? ""
            )
        )
        // A reader at the other end of a pipe sees each line as it comes.
        fflush(nil)
    }

    private static func decimal(_ value: Double) -> String { String(format: "%.2f", value) }

    private static func line(_ cells: String...) -> String {
        let widths = [20, 28, 8, 7, 8, 17, 8, 10, 15, 0]
        return zip(cells, widths).map { $0.padding(toLength: max($0.count, $1), withPad: " ", startingAt: 0) }
            .joined(separator: " ").trimmingCharacters(in: .whitespaces)
    }
}

/// What a client and its servers have used so far.
struct SSHUsage {
    /// What lies between two of these.
    struct Cost {
        var cpu: Double
        var wall: Double
        /// nil where the servers are somebody else's. The kernel counts it in hundredths of a second.
        var servers: Double?

        static func - (left: Cost, right: Cost) -> Cost {
            Cost(cpu: left.cpu - right.cpu, wall: left.wall - right.wall, servers: zip(left.servers, right.servers))
        }

        private static func zip(_ left: Double?, _ right: Double?) -> Double? {
            guard let left, let right else { return nil }
            return left - right
        }
    }

    private let cost: Cost
    let peakMebibytes: Double

    /// This process's own.
    static func own(_ site: SSHBenchmarkSite) -> SSHUsage { SSHUsage(RUSAGE_SELF.rawValue, site) }

    /// That of the programs it ran to their ends.
    static func children(_ site: SSHBenchmarkSite) -> SSHUsage { SSHUsage(RUSAGE_CHILDREN.rawValue, site) }

    private init(_ who: Int32, _ site: SSHBenchmarkSite) {
        var usage = rusage()
        getrusage(__rusage_who_t(who), &usage)
        let seconds = { (time: timeval) in Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
        cost = Cost(
            cpu: seconds(usage.ru_utime) + seconds(usage.ru_stime),
            wall: ProcessInfo.processInfo.systemUptime,
            servers: site.serverID.flatMap(Self.processAndItsEnded)
        )
        peakMebibytes = Double(usage.ru_maxrss) / 1_024
    }

    /// Of a process and the children it has seen the end of: fields 14 to 17 of proc_pid_stat(5).
    private static func processAndItsEnded(_ id: Int32) -> Double? {
        guard let text = try? String(contentsOfFile: "/proc/\(id)/stat", encoding: .utf8),
            let end = text.lastIndex(of: ")")
        else { return nil }
        let fields = text[end...].split(separator: " ").dropFirst().compactMap { Double($0) }
        // The state, field 3, is no number.
        guard fields.count > 13 else { return nil }
        return fields[10..<14].reduce(0, +) / Double(sysconf(Int32(_SC_CLK_TCK)))
    }

    static func - (left: SSHUsage, right: SSHUsage) -> Cost { left.cost - right.cost }
}
