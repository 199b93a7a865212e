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

            The probes of the settings file (`probes:`) look at workloads as their users do, each at its own interval, and \
            their answer times are kept.

              evenkeel watch --config evenkeel.yaml
              evenkeel watch --metrics 127.0.0.1:9464
              evenkeel watch --state /var/lib/evenkeel/customer-a --keep 730d --quiet

            Exit codes: 0 ended by a signal, 1 failed, 64 wrong usage.
            """
    )

    @OptionGroup var site: SiteOptions

    @Option(help: "The folder to record in; by default that of the cluster's runs.")
    var state: String?

    @Option(help: "How far back observations are kept: 400d or 12h.")
    var keep = "400d"

    @Option(
        help:
            "PORT of this machine, or HOST:PORT, to serve the last 30 days as OpenMetrics on, at /metrics; anybody who reaches it may read."
    )
    var metrics: String?

    @OptionGroup(title: "Probes through nodes") var reach: ReachOptions

    @Flag(help: "Say nothing but why it failed.")
    var quiet = false

    func run() async throws {
        try await Evenkeel.reporting {
            let retention = try PeriodOptions.length(keep)
            let server = try metrics.map(MetricsServer.init)
            let settings = try site.settings()
            let client = try await site.client(settings)
            do {
                let name = settings.cluster ?? client.context
                let journal = StateFolder.file(state: state, cluster: name)
                let page = MetricsPage(journal: journal, cluster: name, config: site.config, time: SystemTime())
                let path = ObservationFile.path(beside: journal)
                let probes = try await probes(settings, client, path)
                try await watch(client, path, retention, server, page, probes)
                try await client.shutdown()
            } catch {
                try? await client.shutdown()
                throw error
            }
        }
    }

    /// The cluster is asked where the nodes are that probes go through.
    private func probes(
        _ settings: SiteSettings,
        _ client: KubernetesClient,
        _ path: String
    ) async throws -> ActiveProbes? {
        guard settings.probes.contains(where: \.isActive) else { return nil }
        return try await ActiveProbes.open(settings, reach, in: try await client.snapshot(), path: path)
    }

    private func watch(
        _ client: KubernetesClient,
        _ path: String,
        _ retention: Duration,
        _ server: MetricsServer?,
        _ page: MetricsPage,
        _ probes: ActiveProbes?
    ) async throws {
        let file = try ObservationFile.open(path: path)
        let lock = try WatchLock(observations: path)
        let isQuiet = quiet
        let watcher = Watcher(control: client, log: file, time: SystemTime(), retention: retention) { news in
            if !isQuiet { Console.note("evenkeel: \(Self.line(news, path))") }
        }
        if let probes, !quiet { Console.note("evenkeel: \(probes.count) probes look, into \(path)") }
        var work: [@Sendable () async throws -> Void] = [{ try await watcher.run() }]
        if let server { work.append { try await server.run { try await page.text() } } }
        if let probes { work.append { try await probes.run() } }
        try await untilSignalled(work)
        try await watcher.finish()
        try await probes?.finish()
        try file.close()
        _ = consume lock
    }

    /// Ends without an error at the first signal.
    private func untilSignalled(_ work: [@Sendable () async throws -> Void]) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm, .sighup)
            for work in work { group.addTask { try await work() } }
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
