import Execution
import NodeAccess
import Playbooks
import Ports
import Rollout
import SSH
import Synchronization

/// Says how far the files are, a line for each node and tenth of its way.
final class StageProgress: Sendable {
    private let said = Mutex([String: UInt64]())
    private let write: @Sendable (String) -> Void

    init(write: @escaping @Sendable (String) -> Void) { self.write = write }

    func tell(_ node: String, _ file: String, _ progress: SSHTransferProgress) {
        guard progress.total > 0 else { return }
        let tenth = progress.done * 10 / progress.total
        let isNews = said.withLock { said in
            let key = "\(node)\n\(file)"
            defer { said[key] = max(tenth, said[key] ?? 0) }
            return said[key].map { tenth > $0 } ?? true
        }
        guard isNews else { return }
        let name = file.split(separator: "/").last.map(String.init) ?? file
        write("\(node): \(name): \(ByteCount.text(progress.done)) of \(ByteCount.text(progress.total))")
    }
}

extension Crew {
    /// Whether any step brings a file.
    var bringsFiles: Bool { jobs.values.contains { job in job.steps.contains { !$0.uploads.isEmpty } } }

    /// Brings every node its files, so many nodes at a time; what came of each, by the nodes' names.
    func stage(
        through shell: SSHNodeShell,
        parallel: Int,
        but done: Set<String> = [],
        progress: StageProgress?
    ) async -> [StageLine] {
        let wanted = jobs.filter { !done.contains($0.key) }.sorted { $0.key < $1.key }.map(\.value)
        return await withTaskGroup(of: StageLine.self) { group in
            var waiting = wanted[...]
            func add() {
                guard let job = waiting.popFirst() else { return }
                group.addTask { await Self.stage(job, through: shell, progress: progress) }
            }
            for _ in 0..<parallel { add() }
            var lines: [StageLine] = []
            for await line in group {
                lines.append(line)
                add()
            }
            return lines.sorted { $0.node < $1.node }
        }
    }

    private static func stage(_ job: NodeJob, through shell: SSHNodeShell, progress: StageProgress?) async -> StageLine
    {
        let node = job.target.node
        var line = StageLine(node: node)
        if job.steps.allSatisfy(\.uploads.isEmpty) { return line }
        do {
            let outcome = try await shell.stage(job.steps, on: job.target, variables: job.variables) { file, report in
                progress?.tell(node, file, report)
            }
            line.files = outcome.files
            line.error = outcome.failure
        } catch { line.error = "\(error)" }
        return line
    }

    /// Brings every node its files before the first one leaves service.
    ///
    /// - Parameter done: nodes whose service is over, or has begun: they need none, or bring their own.
    func stageEverything(through shell: SSHNodeShell, but done: Set<String>, isQuiet: Bool) async throws {
        guard bringsFiles else { return }
        if !isQuiet { Console.note("evenkeel: bringing the playbook's files to the nodes") }
        let progress = isQuiet ? nil : StageProgress { Console.note($0) }
        for line in await stage(through: shell, parallel: 16, but: done, progress: progress) {
            if let error = line.error { throw CommandFailure("\(line.node): \(error)") }
        }
    }
}

extension Event {
    /// The node whose service this shows to have begun.
    var servicedNode: String? {
        switch self {
        case .stepFinished(let node, _, _), .rebooting(let node, _, _), .verified(let node), .retired(let node),
            .uncordoned(let node):
            node
        default: nil
        }
    }
}
