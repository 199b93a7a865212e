import ClusterModel
import Practice

extension PracticeCluster {
    /// The cluster as a run sees it, read from the objects themselves: a thousand campaigns have no time for JSON.
    func view() -> Cluster {
        let workloads = [ResourceKind.deployment, .statefulSet].flatMap { kind in
            objects(kind).map { entry in
                Workload(
                    id: WorkloadID(kind: kind.rawValue, namespace: entry.key.namespace, name: entry.key.name),
                    replicas: entry.object["spec", "replicas"]?.integer
                )
            }
        }
        return Cluster(
            nodes: objects(.node).map { Self.node($0.key.name, $0.object) },
            pods: objects(.pod).map { Self.pod($0.key, $0.object) },
            workloads: workloads,
            budgets: objects(.budget).compactMap { Self.budget($0.key, $0.object) }
        )
    }

    private static func node(_ name: String, _ json: JSONValue) -> Node {
        Node(
            name: name,
            unschedulable: json["spec", "unschedulable"]?.bool ?? false,
            cordonOwner: json["metadata", "annotations", Node.cordonOwnerAnnotation]?.string,
            ready: json.condition("Ready") == "True",
            allocatable: Resources(cpu: 8000, memory: 32 << 30, pods: 110)
        )
    }

    private static func pod(_ key: ObjectKey, _ json: JSONValue) -> Pod {
        let app = json.app
        let owner = json["metadata", "ownerReferences"]?.array?.first
        let kind = owner?["kind"]?.string
        let workload = kind.map {
            WorkloadID(kind: $0 == "ReplicaSet" ? "Deployment" : $0, namespace: key.namespace, name: app)
        }
        return Pod(
            id: PodID(namespace: key.namespace, name: key.name),
            uid: json.uid,
            labels: ["app.kubernetes.io/name": app],
            node: json.nodeName,
            phase: json["status", "phase"]?.string.flatMap(Pod.Phase.init) ?? .pending,
            ready: json.condition("Ready") == "True",
            terminating: json.isTerminating,
            owner: kind.map { OwnerReference(kind: $0, name: owner?["name"]?.string ?? "") },
            workload: workload
        )
    }

    private static func budget(_ key: ObjectKey, _ json: JSONValue) -> DisruptionBudget? {
        guard let app = json["spec", "selector", "matchLabels", "app.kubernetes.io/name"]?.string,
            let (isMinimum, text) = json.rule, let value = CountOrPercent(text)
        else { return nil }
        let status = json["status"]
        return DisruptionBudget(
            id: BudgetID(namespace: key.namespace, name: key.name),
            selector: LabelSelector(matchLabels: ["app.kubernetes.io/name": app]),
            rule: isMinimum ? .minAvailable(value) : .maxUnavailable(value),
            status: DisruptionBudget.Status(
                disruptionsAllowed: status?["disruptionsAllowed"]?.integer ?? 0,
                currentHealthy: status?["currentHealthy"]?.integer ?? 0,
                desiredHealthy: status?["desiredHealthy"]?.integer ?? 0,
                expectedPods: status?["expectedPods"]?.integer ?? 0,
                isCurrent: status?["observedGeneration"] == json["metadata", "generation"]
            )
        )
    }
}

extension JSONValue {
    var app: String { self["metadata", "labels", "app.kubernetes.io/name"]?.string ?? "" }

    /// A budget's rule: whether it is a minimum, and its value as `2` or `25%`.
    var rule: (isMinimum: Bool, value: String)? {
        func text(_ key: String) -> String? {
            self["spec", key].flatMap { value in value.string ?? value.integer.map { "\($0)" } }
        }
        if let value = text("minAvailable") { return (true, value) }
        return text("maxUnavailable").map { (false, $0) }
    }
}
