import ArgumentParser
import ClusterModel
import Foundation
import Kubernetes
import Playbooks

enum OutputFormat: String, ExpressibleByArgument, CaseIterable {
    case text, json
}

/// Which settings file, and which cluster's API.
struct SiteOptions: ParsableArguments {
    @Option(help: "The site's settings; by default evenkeel.yaml in the working folder, if it is there.")
    var config: String?

    @Option(help: "How to reach the API; by default $KUBECONFIG, else ~/.kube/config.")
    var kubeconfig: String?

    @Option(help: "The kubeconfig's context; by default its current one.")
    var context: String?

    private static let standardFile = "evenkeel.yaml"

    /// The settings, their paths made absolute.
    func settings() throws -> SiteSettings {
        let path = config ?? Self.standardFile
        let home = NSHomeDirectory()
        let here = FileManager.default.currentDirectoryPath
        guard let data = FileManager.default.contents(atPath: path) else {
            guard config == nil else { throw CommandFailure("\(path): there is no such settings file") }
            return SiteSettings.default.resolvingPaths(folder: here, home: home)
        }
        let settings = try SiteSettings.load(file: path, text: String(decoding: data, as: UTF8.self))
        let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
        return settings.resolvingPaths(folder: folder, home: home)
    }

    /// An entry for one node that the cluster does not have is a misspelt name: what it says would be ignored.
    func checkNodes(of settings: SiteSettings, against cluster: Cluster) throws {
        for entry in settings.nodes {
            guard case .name(let pattern) = entry.match, !pattern.description.contains(where: { "*?".contains($0) })
            else { continue }
            guard cluster.node(pattern.description) == nil else { continue }
            let names = cluster.nodes.map(\.name).sorted()
            let known = names.prefix(8).joined(separator: ", ") + (names.count > 8 ? ", …" : "")
            throw CommandFailure(
                "\(config ?? Self.standardFile): nodes: the cluster has no node `\(pattern)`: "
                    + "correct the name (there are \(known)), or remove the entry"
            )
        }
    }

    /// In a pod, and only where nobody has named a kubeconfig and the standard one is not there.
    private func inCluster(unless path: String) throws -> Kubeconfig? {
        guard kubeconfig == nil, !FileManager.default.fileExists(atPath: path) else { return nil }
        return try Kubeconfig.inCluster(environment: ProcessInfo.processInfo.environment)
    }

    func client(_ settings: SiteSettings) async throws -> KubernetesClient {
        let environment = ProcessInfo.processInfo.environment["KUBECONFIG"]
        let path = kubeconfig ?? settings.kubernetes.kubeconfig ?? environment ?? NSHomeDirectory() + "/.kube/config"
        let config =
            try inCluster(unless: path) ?? Kubeconfig.load(path: path, context: context ?? settings.kubernetes.context)
        if config.skipsVerification {
            Console.note("warning: \(path) skips the verification of \(config.server): anybody may answer in its place")
        }
        return try await KubernetesClient.connect(config, userAgent: "evenkeel", time: SystemTime())
    }
}
