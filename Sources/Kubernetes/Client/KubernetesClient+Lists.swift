package import ClusterModel
import Foundation
import Ports

/// A kind of object that a campaign looks at.
struct WatchedKind: Sendable, Hashable {
    var kind: String
    var apiVersion: String
    var path: String

    static func all(policyVersion: String) -> [WatchedKind] {
        func kind(_ kind: String, _ apiVersion: String, _ plural: String) -> WatchedKind {
            let root = apiVersion == "v1" ? "/api/v1" : "/apis/\(apiVersion)"
            return WatchedKind(kind: kind, apiVersion: apiVersion, path: "\(root)/\(plural)")
        }
        return [
            kind("ReplicaSet", "apps/v1", "replicasets"),
            kind("Deployment", "apps/v1", "deployments"),
            kind("StatefulSet", "apps/v1", "statefulsets"),
            kind("DaemonSet", "apps/v1", "daemonsets"),
            kind("ReplicationController", "v1", "replicationcontrollers"),
            kind("Job", "batch/v1", "jobs"),
            kind("PodDisruptionBudget", policyVersion, "poddisruptionbudgets"),
            kind("Node", "v1", "nodes"),
            kind("Pod", "v1", "pods"),
        ]
    }
}

extension KubernetesClient {
    package func snapshot() async throws -> Cluster {
        try await listEverything().collector.cluster(serverVersion: serverVersion)
    }

    /// All lists, and the resource version each watch goes on from.
    func listEverything() async throws -> (collector: ObjectCollector, versions: [WatchedKind: String]) {
        var collector = ObjectCollector()
        var versions: [WatchedKind: String] = [:]
        for kind in WatchedKind.all(policyVersion: policyVersion) {
            versions[kind] = try await list(kind, into: &collector)
        }
        return (collector, versions)
    }

    private func list(_ kind: WatchedKind, into collector: inout ObjectCollector) async throws -> String {
        var token = ""
        var version = ""
        repeat {
            let next = token.isEmpty ? "" : "&continue=\(token)"
            let page = try await requester.get("\(kind.path)?limit=500\(next)", as: "list \(kind.kind)s")
            var gathered = collector
            let metadata = try page.read { cursor in
                var metadata: [String: String] = [:]
                try cursor.object { cursor, key in
                    switch key {
                    case "metadata": metadata = try cursor.map()
                    case "items": try cursor.array { try gathered.read(kind.kind, kind.apiVersion, &$0) }
                    default: try cursor.skip()
                    }
                }
                return metadata
            }
            collector = gathered
            version = metadata["resourceVersion"] ?? ""
            let raw = metadata["continue"] ?? ""
            token = raw.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
        } while !token.isEmpty
        return version
    }
}
