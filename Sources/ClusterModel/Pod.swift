/// A pod's place in its namespace: `NAMESPACE/NAME`.
package struct PodID: Hashable, Sendable, Comparable, CustomStringConvertible {
    package var namespace: String
    package var name: String

    package init(namespace: String, name: String) {
        self.namespace = namespace
        self.name = name
    }

    /// Reads `NAMESPACE/NAME`.
    package init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else { return nil }
        self.init(namespace: String(parts[0]), name: String(parts[1]))
    }

    package var description: String { "\(namespace)/\(name)" }

    package static func < (left: PodID, right: PodID) -> Bool {
        (left.namespace, left.name) < (right.namespace, right.name)
    }
}

/// A pod, with what decides where it may run and what its end means.
package struct Pod: Hashable, Sendable {
    package enum Phase: String, Hashable, Sendable {
        case pending = "Pending"
        case running = "Running"
        case succeeded = "Succeeded"
        case failed = "Failed"
        case unknown = "Unknown"
    }

    /// What the kubelet sacrifices first when a node runs short: best effort before burstable before guaranteed.
    package enum QualityOfService: String, Hashable, Sendable {
        case bestEffort = "BestEffort"
        case burstable = "Burstable"
        case guaranteed = "Guaranteed"
    }

    package var id: PodID
    package var uid: String
    package var labels: Labels
    /// Nil while the scheduler has not placed it.
    package var node: String?
    package var phase: Phase
    /// The Ready condition is True.
    package var ready: Bool
    /// A deletion has been asked for; the pod may still run.
    package var terminating: Bool
    /// What the scheduler counts: containers, init containers, sidecars, overhead, and one of `pods`.
    package var requests: Resources
    /// The controlling owner as the API names it (a ReplicaSet, not its Deployment); nil for a bare pod.
    package var owner: OwnerReference?
    /// What the pod's controller belongs to at the top (the Deployment); nil for a bare pod.
    package var workload: WorkloadID?
    /// The kubelet runs it from a file; the API shows a mirror that cannot be evicted.
    package var isMirror: Bool
    package var nodeSelector: Labels
    /// Required node affinity: one of the terms must match; empty means no such rule.
    package var nodeAffinity: [NodeSelectorTerm]
    package var tolerations: [Toleration]
    package var priority: Int
    /// Has an emptyDir volume, whose data ends with the pod.
    package var hasEmptyDir: Bool
    /// Required pod affinity: all of the terms must hold.
    package var podAffinity: [PodAffinityTerm]
    /// Required pod anti-affinity; it binds both ways.
    package var podAntiAffinity: [PodAffinityTerm]
    package var topologySpread: [TopologySpread]
    package var hostPorts: [HostPort]
    /// The names of the persistent volume claims it mounts.
    package var claims: [String]
    package var qualityOfService: QualityOfService

    package init(
        id: PodID,
        uid: String = "",
        labels: Labels = [:],
        node: String? = nil,
        phase: Phase = .running,
        ready: Bool = true,
        terminating: Bool = false,
        requests: Resources = Resources(pods: 1),
        owner: OwnerReference? = nil,
        workload: WorkloadID? = nil,
        isMirror: Bool = false,
        nodeSelector: Labels = [:],
        nodeAffinity: [NodeSelectorTerm] = [],
        tolerations: [Toleration] = [],
        priority: Int = 0,
        hasEmptyDir: Bool = false,
        podAffinity: [PodAffinityTerm] = [],
        podAntiAffinity: [PodAffinityTerm] = [],
        topologySpread: [TopologySpread] = [],
        hostPorts: [HostPort] = [],
        claims: [String] = [],
        qualityOfService: QualityOfService = .burstable
    ) {
        self.id = id
        self.uid = uid
        self.labels = labels
        self.node = node
        self.phase = phase
        self.ready = ready
        self.terminating = terminating
        self.requests = requests
        self.owner = owner
        self.workload = workload
        self.isMirror = isMirror
        self.nodeSelector = nodeSelector
        self.nodeAffinity = nodeAffinity
        self.tolerations = tolerations
        self.priority = priority
        self.hasEmptyDir = hasEmptyDir
        self.podAffinity = podAffinity
        self.podAntiAffinity = podAntiAffinity
        self.topologySpread = topologySpread
        self.hostPorts = hostPorts
        self.claims = claims
        self.qualityOfService = qualityOfService
    }

    /// Its containers have ended for good: it holds nothing and no budget counts it.
    package var isFinished: Bool { phase == .succeeded || phase == .failed }

    package var isDaemon: Bool { owner?.kind == "DaemonSet" }

    /// Ready and not on its way out, as the disruption controller counts a healthy pod.
    package var isHealthy: Bool { ready && !terminating && !isFinished }
}

/// The controller of an object.
package struct OwnerReference: Hashable, Sendable {
    package var kind: String
    package var name: String
    package var uid: String

    package init(kind: String, name: String, uid: String = "") {
        self.kind = kind
        self.name = name
        self.uid = uid
    }

    /// Kinds whose controllers make a new pod when one goes.
    ///
    /// Other kinds are somebody's own operator, of which nobody here knows what it does.
    package var recreatesPods: Bool { Self.recreatingKinds.contains(kind) }

    private static let recreatingKinds: Set<String> = [
        "ReplicaSet", "ReplicationController", "StatefulSet", "DaemonSet", "Job",
    ]
}

/// One alternative of a node selector; all of its requirements must hold, and a term without any matches nothing.
package struct NodeSelectorTerm: Hashable, Sendable {
    package var matchExpressions: [LabelSelector.Requirement]
    /// Requirements on `metadata.name`.
    package var matchFields: [LabelSelector.Requirement]

    package init(
        matchExpressions: [LabelSelector.Requirement] = [],
        matchFields: [LabelSelector.Requirement] = []
    ) {
        self.matchExpressions = matchExpressions
        self.matchFields = matchFields
    }

    package func matches(_ node: Node) -> Bool {
        if matchExpressions.isEmpty && matchFields.isEmpty { return false }
        return matchExpressions.allSatisfy { $0.matches(node.labels) }
            && matchFields.allSatisfy { $0.key == "metadata.name" && $0.matches(value: node.name) }
    }
}
