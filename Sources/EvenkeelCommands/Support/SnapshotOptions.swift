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

    func read(_ settings: SiteSettings) async throws -> Cluster {
        if !cluster.isEmpty { return try SnapshotReader.read(paths: cluster) }
        let client = try await site.client(settings)
        do {
            let cluster = try await client.snapshot()
            try await client.shutdown()
            return cluster
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
