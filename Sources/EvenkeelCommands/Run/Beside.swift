import ArgumentParser
import ClusterModel
import History
import Playbooks
import Reliability

/// What a run shows others while it goes on.
struct ServingOptions: ParsableArguments {
    @Option(
        help: """
            PORT of this machine, or HOST:PORT, to serve the run and the last 30 days as OpenMetrics on, at /metrics; \
            anybody who reaches it may read.
            """
    )
    var metrics: String?
}

/// What goes on beside a run: the probes look, and `/metrics` is served. Neither can harm it.
struct Beside {
    private let probes: ActiveProbes?
    private let listener: MetricsServer.Listener?
    private let page: MetricsPage

    /// - Throws: what is wrong with the settings or the address, before anything is begun.
    init(_ launch: Launch, _ settings: SiteSettings, _ cluster: Cluster, journal: String, name: String) async throws {
        let path = ObservationFile.path(beside: journal)
        let server = try launch.metrics.map(MetricsServer.init)
        probes = try await ActiveProbes.open(settings, launch.options.reach, in: cluster, path: path)
        page = MetricsPage(journal: journal, cluster: name, config: launch.options.site.config, time: SystemTime())
        if settings.objectives.contains(where: { $0.selector != nil }) {
            let file = try ObservationFile.open(path: path)
            try await file.note(labels: cluster.labelsOfWorkloads)
            try file.close()
        }
        // Last, as one that listens has to serve.
        listener = try await server?.listen()
    }

    func during<Value: Sendable>(_ body: () async throws -> Value) async throws -> Value {
        try await ActiveProbes.during(probes) {
            guard let listener else { return try await body() }
            let page = page
            let outcome = await withTaskGroup(of: Void.self) { group in
                group.addTask {
                    do { try await MetricsServer.serve(listener) { try await page.text() } } catch {
                        if !Task.isCancelled { Console.note("evenkeel: /metrics is served no more: \(error)") }
                    }
                }
                defer { group.cancelAll() }
                do { return Result<Value, any Error>.success(try await body()) } catch { return .failure(error) }
            }
            return try outcome.get()
        }
    }
}
