import ClusterModel
import History
import NIOPosix
import NodeAccess
import Playbooks
import Ports
import Reliability
import Watching

/// The probes of the settings, at work while a run or a watch goes on.
struct ActiveProbes {
    private let runner: ProbeRunner
    private let prober: SystemProber
    private let file: ObservationFile
    let count: Int

    /// Nil where the settings have none.
    ///
    /// - Parameter path: of the observations.
    static func open(
        _ settings: SiteSettings,
        _ reach: ReachOptions,
        in cluster: Cluster,
        path: String
    ) async throws -> ActiveProbes? {
        let probes = settings.probes.filter(\.isActive)
        if probes.isEmpty { return nil }
        let known = Set(cluster.workloads.keys.map { "\($0.namespace)/\($0.name)" })
        for workload in Set(probes.map(\.workload)).subtracting(known).sorted() {
            Console.note("evenkeel: probes: the cluster has no workload \(workload) at present")
        }
        let prober = SystemProber(passage: try await passage(probes, settings, reach, cluster))
        return ActiveProbes(probes, prober, try ObservationFile.open(path: path))
    }

    private init(_ probes: [ProbeSettings], _ prober: SystemProber, _ file: ObservationFile) {
        self.prober = prober
        self.file = file
        count = probes.count
        runner = ProbeRunner(probes, prober: prober, log: file, time: SystemTime())
    }

    private static func passage(
        _ probes: [ProbeSettings],
        _ settings: SiteSettings,
        _ reach: ReachOptions,
        _ cluster: Cluster
    ) async throws -> ProbePassage? {
        let names = Set(probes.compactMap(\.via)).sorted()
        if names.isEmpty { return nil }
        var access = try SSHAccess(settings, reach)
        var targets: [String: NodeTarget] = [:]
        for name in names {
            guard let node = cluster.node(name) else {
                let known = cluster.nodes.map(\.name).sorted().prefix(8).joined(separator: ", ")
                throw CommandFailure("probes: via: the cluster has no node `\(name)`: correct the name (\(known))")
            }
            targets[name] = access.target(name, labels: node.labels, address: node.address)
        }
        let shell = SSHNodeShell(
            try await access.options(),
            time: SystemTime(),
            on: MultiThreadedEventLoopGroup.singleton
        )
        return ProbePassage(shell, nodes: targets)
    }

    /// Looks until it is cancelled.
    func run() async throws { try await runner.run() }

    /// Writes what was found, and lets go of everything.
    func finish() async throws {
        try await runner.finish()
        try await prober.shutdown()
        try file.close()
    }

    /// Looks while `body` runs. What goes wrong with the probes is said, and does no harm to it.
    static func during<Value: Sendable>(
        _ probes: ActiveProbes?,
        _ body: () async throws -> Value
    ) async throws -> Value {
        guard let probes else { return try await body() }
        let outcome = await withTaskGroup(of: Void.self) { group in
            group.addTask {
                do { try await probes.run() } catch is CancellationError {} catch {
                    Console.note("evenkeel: the probes look no more: \(error)")
                }
            }
            defer { group.cancelAll() }
            do { return Result<Value, any Error>.success(try await body()) } catch { return .failure(error) }
        }
        do { try await probes.finish() } catch {
            Console.note("evenkeel: what the probes found last is lost: \(error)")
        }
        return try outcome.get()
    }
}
