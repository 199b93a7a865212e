import ClusterModel
import Ports

/// A kind of object that is listed and watched.
struct WatchedKind: Sendable, Hashable {
    var type: ObjectType
    var plural: String

    var path: String {
        type.apiVersion == "v1" ? "/api/v1/\(plural)" : "/apis/\(type.apiVersion)/\(plural)"
    }

    static func all(policyVersion: String) -> [WatchedKind] {
        func kind(_ kind: String, _ apiVersion: String, _ plural: String) -> WatchedKind {
            WatchedKind(type: ObjectType(kind: kind, apiVersion: apiVersion), plural: plural)
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
