/// The kinds of object that the practice cluster keeps.
package enum ResourceKind: String, CaseIterable, Hashable, Sendable {
    case node = "Node"
    case pod = "Pod"
    case namespace = "Namespace"
    case service = "Service"
    case replicationController = "ReplicationController"
    case persistentVolume = "PersistentVolume"
    case persistentVolumeClaim = "PersistentVolumeClaim"
    case event = "Event"
    case configMap = "ConfigMap"
    case deployment = "Deployment"
    case replicaSet = "ReplicaSet"
    case statefulSet = "StatefulSet"
    case daemonSet = "DaemonSet"
    case job = "Job"
    case cronJob = "CronJob"
    case budget = "PodDisruptionBudget"
    case lease = "Lease"
    case volumeAttachment = "VolumeAttachment"
    case storageClass = "StorageClass"
    case csiNode = "CSINode"
    case priorityClass = "PriorityClass"

    /// The API group; empty for the core group.
    package var group: String {
        switch self {
        case .deployment, .replicaSet, .statefulSet, .daemonSet: "apps"
        case .job, .cronJob: "batch"
        case .budget: "policy"
        case .lease: "coordination.k8s.io"
        case .volumeAttachment, .storageClass, .csiNode: "storage.k8s.io"
        case .priorityClass: "scheduling.k8s.io"
        default: ""
        }
    }

    /// The name in paths.
    package var plural: String {
        switch self {
        case .storageClass: "storageclasses"
        case .priorityClass: "priorityclasses"
        default: rawValue.lowercased() + "s"
        }
    }

    package var isNamespaced: Bool {
        switch self {
        case .node, .namespace, .persistentVolume, .volumeAttachment, .storageClass, .csiNode, .priorityClass: false
        default: true
        }
    }

    package var shortNames: [String] {
        switch self {
        case .node: ["no"]
        case .pod: ["po"]
        case .namespace: ["ns"]
        case .service: ["svc"]
        case .replicationController: ["rc"]
        case .persistentVolume: ["pv"]
        case .persistentVolumeClaim: ["pvc"]
        case .event: ["ev"]
        case .configMap: ["cm"]
        case .deployment: ["deploy"]
        case .replicaSet: ["rs"]
        case .statefulSet: ["sts"]
        case .daemonSet: ["ds"]
        case .cronJob: ["cj"]
        case .budget: ["pdb"]
        case .storageClass: ["sc"]
        case .priorityClass: ["pc"]
        case .job, .lease, .volumeAttachment, .csiNode: []
        }
    }

    /// `metadata.generation` counts the changes of the spec.
    var hasGeneration: Bool {
        switch self {
        case .pod, .replicationController, .deployment, .replicaSet, .statefulSet, .daemonSet, .job, .cronJob, .budget,
            .priorityClass:
            true
        default: false
        }
    }

    /// The kind is written through a subresource `status` of its own.
    package var hasStatus: Bool {
        switch self {
        case .event, .configMap, .lease, .storageClass, .csiNode, .priorityClass: false
        default: true
        }
    }

    /// The kind's replicas are read and set through a subresource `scale`.
    var hasScale: Bool {
        switch self {
        case .deployment, .replicaSet, .statefulSet, .replicationController: true
        default: false
        }
    }

    /// As the server names the resource in a refusal (`leases.coordination.k8s.io`).
    var qualifiedPlural: String { group.isEmpty ? plural : "\(plural).\(group)" }
    /// As the server names the kind in a refusal (`Lease.coordination.k8s.io`).
    var qualifiedKind: String { group.isEmpty ? rawValue : "\(rawValue).\(group)" }
}

/// An object's place: its namespace (empty for cluster-wide kinds) and name.
package struct ObjectKey: Hashable, Comparable, Sendable, CustomStringConvertible {
    package var namespace: String
    package var name: String

    package init(namespace: String = "", name: String) {
        self.namespace = namespace
        self.name = name
    }

    package var description: String { namespace.isEmpty ? name : "\(namespace)/\(name)" }

    package static func < (left: ObjectKey, right: ObjectKey) -> Bool {
        (left.namespace, left.name) < (right.namespace, right.name)
    }
}
