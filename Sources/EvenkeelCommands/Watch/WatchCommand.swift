import ArgumentParser
import ClusterModel
import History
import Kubernetes
import Playbooks
import Ports
import Reporting
import UnixSignals
import Watching

struct WatchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "watch",
        abstract: "Records the health of workloads, budgets and nodes between runs, until it is stopped.",
        discussion: """
            What it sees goes into observations.sqlite beside the record of runs, for `evenkeel report`. It reads only. Time \
            in which it cannot look - the API is away, the process was killed, the machine slept - is recorded as a gap and \
            counts neither as up nor as down. Run it as a service; Ctrl-C or SIGTERM ends it.

              evenkeel watch --config evenkeel.yaml
              evenkeel watch --state /var/lib/evenkeel/customer-a --keep 730d --quiet

            Exit codes: 0 ended by a signal, 1 failed, 64 wrong usage.
            """
    )

    @OptionGroup var site: SiteOptions

    @Option(help: "The folder to record in; by default that of the cluster's runs.")
    var state: String?

    @Option(help: "How far back observations are kept: 400d or 12h.")
    var keep = "400d"

    @Flag(help: "Say nothing but why it failed.")
    var quiet = false

    func run() async throws {
        try await Evenkeel.reporting {
            let retention = try PeriodOptions.length(keep)
            let settings = try site.settings()
            let client = try await site.client(settings)
            do {
                let journal = StateFolder.file(state: state, cluster: settings.cluster ?? client.context)
                try await watch(client, ObservationFile.path(beside: journal), retention)
                try await client.shutdown()
            } catch {
                try? await client.shutdown()
                throw error
            }
        }
    }

    private func watch(_ client: KubernetesClient, _ path: String, _ retention: Duration) async throws {
        let file = try ObservationFile.open(path: path)
        let lock = try WatchLock(observations: path)
        let isQuiet = quiet
        let watcher = Watcher(control: client, log: file, time: SystemTime(), retention: retention) { news in
            if !isQuiet { Console.note("evenkeel: \(Self.line(news, path))") }
        }
        try await untilSignalled { try await watcher.run() }
        try await watcher.finish()
        try file.close()
        _ = consume lock
    }

    /// Ends without an error at the first signal.
    private func untilSignalled(_ work: @escaping @Sendable () async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm, .sighup)
            group.addTask { try await work() }
            group.addTask { for await _ in signals { return } }
            defer { group.cancelAll() }
            try await group.next()
        }
    }

    static func line(_ news: WatchNews, _ path: String) -> String {
        switch news {
        case .looking(let workloads, let nodes): "watching \(workloads) workloads and \(nodes) nodes, into \(path)"
        case .blind(let reason): "cannot look, and tries again: \(reason)"
        case .leapt(let time): "the clock leapt by \(DurationLabel.text(time)): that time is a gap"
        }
    }
}

/// One watcher to a file; the kernel gives the lock back when its holder ends.
private struct WatchLock: ~Copyable {
    private let lock: RunLock

    init(observations path: String) throws {
        do {
            lock = try RunLock(journal: path)
        } catch {
            throw CommandFailure(
                "\(path): another `evenkeel watch` records into it: stop that one, or name another --state"
            )
        }
    }
}
