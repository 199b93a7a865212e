import ClusterModel
import Ports

/// A kind of object that is listed and watched.
struct WatchedKind: Sendable, Hashable {
    var type: ObjectType
    var plural: String
    /// Only the objects of this namespace, where it is not nil.
    var namespace: String?
    /// A plan can do without it: it is left out where a role or the server does not allow it.
    var isOptional = false

    var path: String {
        let root = type.apiVersion == "v1" ? "/api/v1" : "/apis/\(type.apiVersion)"
        return namespace.map { "\(root)/namespaces/\($0)/\(plural)" } ?? "\(root)/\(plural)"
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
        ] + optional
    }

    private static var optional: [WatchedKind] {
        func kind(_ kind: String, _ apiVersion: String, _ plural: String, in namespace: String? = nil) -> WatchedKind {
            let type = ObjectType(kind: kind, apiVersion: apiVersion)
            return WatchedKind(type: type, plural: plural, namespace: namespace, isOptional: true)
        }
        return [
            kind("PersistentVolumeClaim", "v1", "persistentvolumeclaims"),
            kind("PersistentVolume", "v1", "persistentvolumes"),
            kind("StorageClass", "storage.k8s.io/v1", "storageclasses"),
            kind("Namespace", "v1", "namespaces"),
            kind("Lease", "coordination.k8s.io/v1", "leases", in: "kube-system"),
        ]
    }
}
