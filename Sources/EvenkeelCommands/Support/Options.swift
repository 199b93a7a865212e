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

    /// The settings, their paths made absolute.
    func settings() throws -> SiteSettings {
        let path = config ?? "evenkeel.yaml"
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

    func client(_ settings: SiteSettings) async throws -> KubernetesClient {
        let environment = ProcessInfo.processInfo.environment["KUBECONFIG"]
        let path = kubeconfig ?? settings.kubernetes.kubeconfig ?? environment ?? NSHomeDirectory() + "/.kube/config"
        let config = try Kubeconfig.load(path: path, context: context ?? settings.kubernetes.context)
        if config.skipsVerification {
            Console.note("warning: \(path) skips the verification of \(config.server): anybody may answer in its place")
        }
        return try await KubernetesClient.connect(config, userAgent: "evenkeel", time: SystemTime())
    }
}
