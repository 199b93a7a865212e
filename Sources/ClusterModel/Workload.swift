/// What owns pods at the top: a Deployment, StatefulSet, DaemonSet, Job, …
package struct WorkloadID: Hashable, Sendable, Comparable, CustomStringConvertible {
    package var kind: String
    package var namespace: String
    package var name: String

    package init(kind: String, namespace: String, name: String) {
        self.kind = kind
        self.namespace = namespace
        self.name = name
    }

    /// Reads `KIND NAMESPACE/NAME`, the form of `description`.
    package init?(_ text: some StringProtocol) {
        let parts = text.split(separator: " ")
        guard parts.count == 2, let id = PodID(parts[1]) else { return nil }
        self.init(kind: String(parts[0]), namespace: id.namespace, name: id.name)
    }

    package var description: String { "\(kind) \(namespace)/\(name)" }

    /// Whether its kind keeps a number of like pods.
    package var keepsReplicas: Bool { Self.replicatingKinds.contains(kind) }

    private static let replicatingKinds: Set<String> = [
        "Deployment", "ReplicaSet", "ReplicationController", "StatefulSet",
    ]

    package static func < (left: WorkloadID, right: WorkloadID) -> Bool {
        (left.namespace, left.name, left.kind) < (right.namespace, right.name, right.kind)
    }
}

/// A controller of pods and how many it is to keep.
package struct Workload: Hashable, Sendable {
    package var id: WorkloadID
    /// Pods wanted; nil where the kind has no such number (a DaemonSet, a Job).
    package var replicas: Int?
    /// Seconds a pod must be ready before it counts as available.
    package var minReadySeconds: Int

    package init(id: WorkloadID, replicas: Int? = nil, minReadySeconds: Int = 0) {
        self.id = id
        self.replicas = replicas
        self.minReadySeconds = minReadySeconds
    }
}
