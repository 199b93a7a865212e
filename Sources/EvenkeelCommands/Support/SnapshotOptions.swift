import ArgumentParser
import ClusterModel
import Kubernetes
import Playbooks

/// Where the picture of the cluster comes from: files, or the API.
struct SnapshotOptions: ParsableArguments {
    @Option(
        help:
            "A snapshot in place of the live API: a file or folder of `kubectl get … -o json`, or - for standard input. May be given several times."
    )
    var cluster: [String] = []

    @OptionGroup var site: SiteOptions

    /// The cluster, and the name that its runs are recorded under; nil where files do not tell it.
    func read(_ settings: SiteSettings) async throws -> (cluster: Cluster, name: String?) {
        if !cluster.isEmpty { return (try SnapshotReader.read(paths: cluster), settings.cluster) }
        let client = try await site.client(settings)
        do {
            let cluster = try await client.snapshot()
            try await client.shutdown()
            return (cluster, settings.cluster ?? client.context)
        } catch {
            try? await client.shutdown()
            throw error
        }
    }
}

extension SiteOptions {
    /// The settings' file, for messages.
    var file: String { config ?? "evenkeel.yaml" }
}
