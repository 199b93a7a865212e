import ClusterModel

/// Pods as the controllers make them.
extension PracticeCluster {
    /// Makes a pod from its owner's template.
    ///
    /// - Parameter name: nil for a generated one.
    /// - Parameter node: the only node that it may run on (a daemon's).
    mutating func makePod(from owner: JSONValue, _ kind: ResourceKind, name: String?, node: String? = nil) {
        let template = owner["spec", "template"] ?? [:]
        let base = owner["metadata", "name"]?.string ?? ""
        var metadata: JSONValue = [:]
        if name == nil { metadata["generateName"] = .string(base + "-") }
        metadata["name"] = .string(name ?? freeName(base, owner["metadata", "namespace"]?.string ?? "default"))
        metadata["namespace"] = owner["metadata", "namespace"]
        metadata["labels"] = template["metadata", "labels"]
        metadata["annotations"] = template["metadata", "annotations"]
        metadata["ownerReferences"] = [Self.reference(to: owner, kind)]
        var spec = template["spec"] ?? [:]
        if let node { spec.bindDaemon(to: node) }
        insert(.pod, defaulted(pod: ["metadata": metadata, "spec": spec]))
    }

    private mutating func freeName(_ base: String, _ namespace: String) -> String {
        while true {
            let name = "\(base)-\(random.nameSuffix())"
            if pods[ObjectKey(namespace: namespace, name: name)] == nil { return name }
        }
    }

    /// Fills in what the API server fills in.
    func defaulted(pod: JSONValue) -> JSONValue {
        var pod = pod
        let defaults: [(String, JSONValue)] = [
            ("restartPolicy", "Always"), ("terminationGracePeriodSeconds", 30), ("dnsPolicy", "ClusterFirst"),
            ("serviceAccountName", "default"), ("schedulerName", "default-scheduler"),
        ]
        for (field, value) in defaults where pod["spec", field] == nil { pod["spec", field] = value }
        var tolerations = pod["spec", "tolerations"]?.array ?? []
        for key in [Self.notReadyKey, Self.unreachableKey] {
            let taint = Taint(key: key, effect: .noExecute)
            if tolerations.contains(where: { Toleration(json: $0).tolerates(taint) }) { continue }
            tolerations.append([
                "key": .string(key), "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300,
            ])
        }
        pod["spec", "tolerations"] = .array(tolerations)
        if let name = pod["spec", "priorityClassName"]?.string, pod["spec", "priority"] == nil {
            pod["spec", "priority"] = store[.priorityClass, ObjectKey(name: name)]?["value"]
        }
        if pod["spec", "priority"] == nil { pod["spec", "priority"] = 0 }
        if pod["status"]?["phase"] == nil { pod["status", "phase"] = "Pending" }
        pod["status", "qosClass"] = "Burstable"
        return pod
    }
}

extension JSONValue {
    /// What the daemon set controller adds to a pod's spec: its one node, and tolerations for the taints of trouble.
    fileprivate mutating func bindDaemon(to node: String) {
        let field: JSONValue = ["key": "metadata.name", "operator": "In", "values": [.string(node)]]
        self["affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution"] = [
            "nodeSelectorTerms": [["matchFields": [field]]]
        ]
        self["tolerations"] = .array((self["tolerations"]?.array ?? []) + PracticeCluster.daemonTolerations)
    }
}

extension PracticeCluster {
    static let daemonTolerations: [JSONValue] = [
        ("node.kubernetes.io/not-ready", "NoExecute"), ("node.kubernetes.io/unreachable", "NoExecute"),
        ("node.kubernetes.io/disk-pressure", "NoSchedule"), ("node.kubernetes.io/memory-pressure", "NoSchedule"),
        ("node.kubernetes.io/pid-pressure", "NoSchedule"), ("node.kubernetes.io/unschedulable", "NoSchedule"),
    ].map { ["key": .string($0.0), "operator": "Exists", "effect": .string($0.1)] }
}
