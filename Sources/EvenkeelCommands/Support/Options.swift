import ArgumentParser
import ClusterModel
import Foundation
import Kubernetes
import NodeAccess
import Playbooks
import SSH
import Synchronization

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
        // The API may be reached through a machine that is no node.
        let gateways = Set(settings.kubernetes.via.compactMap { SSHJumpHost($0)?.host })
        for entry in settings.nodes {
            guard case .name(let pattern) = entry.match, !pattern.description.contains(where: { "*?".contains($0) })
            else { continue }
            guard cluster.node(pattern.description) == nil, !gateways.contains(pattern.description) else { continue }
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

    /// A client for the cluster's API, by the way that the command line or the settings name.
    ///
    /// - Parameters:
    ///   - access: how nodes are reached where the API is reached through one; nil for what the settings say.
    ///   - sudoPassword: nil for the one that the settings name, if they do.
    func client(
        _ settings: SiteSettings,
        access: SSHAccess? = nil,
        sudoPassword: String? = nil
    ) async throws -> KubernetesClient {
        let routes =
            kubeconfig == nil && !settings.kubernetes.via.isEmpty
            ? try await routes(through: settings, access: access, sudoPassword: sudoPassword)
            : try directRoutes(settings)
        let isConnecting = Flag()
        defer { isConnecting.lower() }
        // Later on a run is at work on these machines, and tells what it does.
        let note: @Sendable (String) -> Void = { reason in
            if isConnecting.isRaised { Console.note("note: \(reason); another way is taken") }
        }
        return try await KubernetesClient.connect(
            by: routes,
            userAgent: "evenkeel",
            time: SystemTime(),
            passedOver: note
        )
    }

    private func directRoutes(_ settings: SiteSettings) throws -> [any APIRoute] {
        let environment = ProcessInfo.processInfo.environment["KUBECONFIG"]
        // With `via` that key is a file on a node.
        let own = settings.kubernetes.via.isEmpty ? settings.kubernetes.kubeconfig : nil
        let path = kubeconfig ?? own ?? environment ?? NSHomeDirectory() + "/.kube/config"
        let config =
            try inCluster(unless: path) ?? Kubeconfig.load(path: path, context: context ?? settings.kubernetes.context)
        if config.skipsVerification {
            Console.note("warning: \(path) skips the verification of \(config.server): anybody may answer in its place")
        }
        return config.routes(to: settings.kubernetes.endpoints)
    }

    private func routes(
        through settings: SiteSettings,
        access: SSHAccess?,
        sudoPassword: String?
    ) async throws -> [any APIRoute] {
        var access = try access ?? SSHAccess(settings, try ReachOptions.parse([]))
        let targets = try settings.kubernetes.via.map { try access.gateway($0) }
        var options = try await access.options()
        options.usesSudo = settings.ssh.become == .sudo
        options.sudoPassword = try sudoPassword ?? SudoOptions.parse([]).password(orFrom: settings.ssh.sudoPasswordFile)
        return targets.map { target in
            NodeRoute(
                target,
                file: settings.kubernetes.kubeconfig,
                context: context ?? settings.kubernetes.context,
                options
            )
        }
    }
}

/// True until it is lowered.
private final class Flag: Sendable {
    private let raised = Atomic<Bool>(true)

    var isRaised: Bool { raised.load(ordering: .relaxed) }

    func lower() { raised.store(false, ordering: .relaxed) }
}
