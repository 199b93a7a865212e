import ArgumentParser
import ClusterModel
import NodeAccess
import Ports

struct FactsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "facts",
        abstract: "Collects what the nodes say of themselves: system, kernel, disks, clock, certificates.",
        discussion: """
              evenkeel facts --selector node-role.kubernetes.io/control-plane
              evenkeel facts --hosts-file hosts --output json
            """
    )

    @OptionGroup var hosts: HostOptions

    @Option(help: "text or json.")
    var output: OutputFormat = .text

    /// What is known of one machine.
    struct Line: Encodable, Sendable {
        var node: String
        var facts: NodeFacts?
        var error: String?
    }

    func run() async throws {
        try await Evenkeel.reporting {
            let fleet = try await hosts.fleet()
            let lines = try await fleet.each { shell, target in
                try await shell.facts(of: target, timeout: fleet.timeout)
            }.map { target, outcome in
                switch outcome {
                case .success(let facts): Line(node: target.node, facts: facts)
                case .failure(let error): Line(node: target.node, error: "\(error)")
                }
            }
            switch output {
            case .json: Console.result(try Console.json(lines))
            case .text: Console.result(FactsText(lines, now: SystemTime().now).text)
            }
            for line in lines {
                if let error = line.error { Console.note("\(line.node): \(error)") }
            }
            let failed = lines.filter { $0.facts == nil }.count
            if failed > 0 { throw CommandFailure("\(failed) of \(lines.count) failed") }
        }
    }
}

/// The facts as a table, a line for each machine.
struct FactsText {
    let text: String

    private static let heads = ["NODE", "SYSTEM", "KERNEL", "KUBELET", "UP", "REBOOT", "FREE", "CLOCK", "CERTIFICATES"]

    init(_ lines: [FactsCommand.Line], now: Instant) {
        let rows =
            [Self.heads]
            + lines.compactMap { line in line.facts.map { Self.row(line.node, $0, now) } }
        let widths = Self.heads.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        text = rows.map { row in
            let cells = zip(row, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }
            return String(cells.joined(separator: "  ").reversed().drop { $0 == " " }.reversed())
        }.joined(separator: "\n")
    }

    private static func row(_ node: String, _ facts: NodeFacts, _ now: Instant) -> [String] {
        // The fullest disk is the one that matters.
        let fullest = facts.disks.min { $0.freeBytes < $1.freeBytes }
        let disk = fullest.map { "\(gigabytes($0.freeBytes)) of \(gigabytes($0.totalBytes)) \($0.path)" }
        let first = facts.certificates.map(\.expires.milliseconds).min()
        return [
            node, facts.os, facts.kernel, facts.versions["kubelet"] ?? "-", "\(facts.uptimeSeconds / 86_400)d",
            facts.rebootRequired ? "yes" : "no", disk ?? "-",
            "\(facts.clockSkewMilliseconds) ms ±\(facts.clockBlurMilliseconds)",
            first.map { "\(($0 - now.milliseconds) / 86_400_000)d left" } ?? "-",
        ]
    }

    private static func gigabytes(_ bytes: UInt64) -> String {
        let tenths = bytes / 107_374_182
        return "\(tenths / 10).\(tenths % 10) GiB"
    }
}
