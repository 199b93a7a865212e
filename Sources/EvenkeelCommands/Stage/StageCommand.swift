import ArgumentParser
import ClusterModel
import Foundation
import Kubernetes
import NIOPosix
import NodeAccess
import Planning
import Playbooks
import SSH

struct StageCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stage",
        abstract: "Brings the files of a plan's playbook to its nodes, before the first of them leaves service.",
        discussion: """
            Files wait in .evenkeel in the login user's folder, compared by SHA-256; nothing that is in use is touched. What is \
            there is not sent again, and a broken upload goes on where it was. `evenkeel run` does the same at its start: \
            staging beforehand takes the time out of the maintenance window.

              evenkeel stage plan.json --parallel 8 --rate 50M
              evenkeel stage plan.json --input-file secrets.txt --output json

            Exit codes: 0 every file is on every node, 1 one is not, 64 wrong usage, 130 interrupted.
            """
    )

    @Argument(help: "What `evenkeel plan … --output json` wrote.")
    var plan: String

    @OptionGroup var site: SiteOptions

    @OptionGroup var inputs: RunInputOptions

    @OptionGroup var reach: ReachOptions

    @OptionGroup var sudo: SudoOptions

    @Option(help: "How many nodes at once.")
    var parallel = 16

    @Option(help: "The most to send in a second, over all nodes, in bytes: 800k or 50M; by default as fast as it goes.")
    var rate: String?

    @Option(help: "text or json.")
    var output: OutputFormat = .text

    @OptionGroup var verbosity: VerbosityOptions

    func run() async throws {
        try await Evenkeel.reporting {
            guard (1...10_000).contains(parallel) else {
                throw CommandFailure("--parallel \(parallel): is out of range: 1 to 10000", code: .usage)
            }
            let limit = try rate.map { text in
                guard let bytes = ByteCount.parse(text), bytes > 0 else {
                    throw CommandFailure("--rate \(text): is no number of bytes: write it as 800k or 50M", code: .usage)
                }
                return bytes
            }
            let settings = try site.settings()
            let source = try PlanSource.read(plan)
            let work = try PlannedWork(source.plan, inputs)
            try Self.refuseRunID(in: work.playbook)
            let access = try SSHAccess(settings, reach)
            let password = try sudo.password(orFrom: settings.ssh.sudoPasswordFile)
            let client = try await site.client(settings, access: access, sudoPassword: password)
            let cluster: Cluster
            do {
                cluster = try await client.snapshot()
                try await client.shutdown()
            } catch {
                try? await client.shutdown()
                throw error
            }
            let crew = try Crew(source.plan, work, settings, cluster, access, run: "")
            var options = try await crew.shellOptions(sudoPassword: password)
            options.transfer.bytesPerSecond = limit.map { max(1, $0 / min(parallel, max(1, crew.jobs.count))) }
            let shell = SSHNodeShell(options, time: SystemTime(), on: MultiThreadedEventLoopGroup.singleton)
            let lines = await crew.stage(through: shell, parallel: parallel, progress: progress)
            await shell.close()
            try Task.checkCancellation()
            try show(lines)
        }
    }

    /// A run has an identifier of its own, which is not known before.
    private static func refuseRunID(in playbook: Playbook) throws {
        for step in playbook.distinctSteps {
            for text in step.uploads.flatMap({ [$0.file, $0.target] }) where text.names?.contains("RUN_ID") == true {
                throw CommandFailure(
                    "step \u{201C}\(step.name)\u{201D}: the path \(text.text) has RUN_ID in it, which only a run knows: "
                        + "`evenkeel run` brings that file"
                )
            }
        }
    }

    private var progress: StageProgress? {
        verbosity.level == .quiet ? nil : StageProgress { Console.note($0) }
    }

    private func show(_ lines: [StageLine]) throws {
        switch output {
        case .json: Console.result(try Console.json(lines))
        case .text: for line in lines { Console.result(line.text) }
        }
        for line in lines { if let error = line.error { Console.note("\(line.node): \(error)") } }
        let failed = lines.filter { $0.error != nil }.count
        if failed > 0 {
            throw CommandFailure("\(failed) of \(lines.count) nodes lack a file: mend that, and stage again")
        }
    }
}

/// What is on one node now.
struct StageLine: Encodable, Sendable {
    var node: String
    var files: [StagedFile] = []
    var error: String?

    var text: String {
        if error != nil { return "\(node): failed" }
        if files.isEmpty { return "\(node): no file to bring" }
        let sent = files.filter { $0.outcome != .present }
        let bytes = sent.reduce(UInt64(0)) { $0 + $1.bytes }
        return "\(node): \(files.count) \(files.count == 1 ? "file" : "files"), "
            + (sent.isEmpty ? "all there already" : "\(sent.count) sent (\(ByteCount.text(bytes)))")
    }
}

/// Numbers of bytes as people write them.
enum ByteCount {
    private static let units: [(letter: Character, bytes: Int)] = [
        ("k", 1_000), ("M", 1_000_000), ("G", 1_000_000_000),
    ]

    static func parse(_ text: String) -> Int? {
        guard let last = text.last else { return nil }
        guard let unit = units.first(where: { $0.letter.lowercased() == last.lowercased() }) else {
            return Int(text).flatMap { $0 >= 0 ? $0 : nil }
        }
        guard let count = Int(text.dropLast()), count >= 0 else { return nil }
        let (bytes, isTooMuch) = count.multipliedReportingOverflow(by: unit.bytes)
        return isTooMuch ? nil : bytes
    }

    static func text(_ bytes: UInt64) -> String {
        guard let unit = units.last(where: { bytes >= UInt64($0.bytes) }) else { return "\(bytes) B" }
        let tenths = bytes * 10 / UInt64(unit.bytes)
        return "\(tenths / 10).\(tenths % 10) \(unit.letter)B"
    }
}
