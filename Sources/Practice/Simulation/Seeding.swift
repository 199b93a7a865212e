/// Objects put into the cluster from outside of its API.
extension PracticeCluster {
    /// Creates an object; its namespace appears with it. What a snapshot of a real cluster says (UIDs, states) is kept;
    /// what is not said is filled in: nodes come up ready, pods are scheduled and start.
    @discardableResult
    package mutating func create(_ object: PracticeObject) -> ObjectKey {
        var value = object.value
        if object.kind.isNamespaced { ensureNamespace(value["metadata", "namespace"]?.string ?? "default") }
        if object.kind == .node { completeNode(&value) }
        if object.kind == .pod { value = defaulted(pod: value) }
        let place = key(of: object.kind, insert(object.kind, value))
        if object.kind == .pod, pods[place]?.isTerminating == true {
            stopContainers(place, grace: value["metadata", "deletionGracePeriodSeconds"]?.integer ?? 30)
        }
        return place
    }

    /// Creates an object from its full JSON, by its `kind`; nil for kinds that the practice cluster does not keep.
    @discardableResult
    package mutating func create(_ object: JSONValue) -> ObjectKey? {
        guard let kind = object["kind"]?.string.flatMap(ResourceKind.init) else { return nil }
        return create(PracticeObject(kind: kind, value: object))
    }

    package mutating func create(_ objects: [PracticeObject]) {
        for object in objects { create(object) }
    }

    /// A pod that the kubelet of `node` runs from a file: its mirror in the API.
    package mutating func createStaticPod(_ namespace: String, component: String, node: String, cpu: String = "100m") {
        let nodeUID = store[.node, ObjectKey(name: node)]?["metadata", "uid"] ?? ""
        let template = PracticePod(
            cpu: cpu,
            memory: "256Mi",
            labels: ["component": component, "tier": "control-plane"],
            spec: [
                "priority": 2_000_001_000, "hostNetwork": true,
                "tolerations": [["operator": "Exists", "effect": "NoExecute"]],
            ]
        ).template(app: component)
        var pod = defaulted(pod: template)
        pod["metadata", "name"] = .string("\(component)-\(node)")
        pod["metadata", "namespace"] = .string(namespace)
        pod["metadata", "annotations"] = [
            "kubernetes.io/config.mirror": .string(PracticeCluster.templateHash(template)),
            "kubernetes.io/config.source": "file",
        ]
        pod["metadata", "ownerReferences"] = [
            ["apiVersion": "v1", "kind": "Node", "name": .string(node), "uid": nodeUID, "controller": true]
        ]
        pod["spec", "nodeName"] = .string(node)
        pod["status", "phase"] = "Running"
        pod.setCondition("PodScheduled", "True", at: now)
        pod.setReady(true, at: now)
        pod.setContainers(running: now, ready: true)
        ensureNamespace(namespace)
        insert(.pod, pod)
    }

    private mutating func completeNode(_ node: inout JSONValue) {
        node["status", "nodeInfo", "machineID"] = .string(random.uuid().filter { $0 != "-" })
        node["status", "nodeInfo", "systemUUID"] = .string(random.uuid())
        if node["status", "nodeInfo", "bootID"] == nil { node["status", "nodeInfo", "bootID"] = .string(random.uuid()) }
        for (type, reason) in [
            ("MemoryPressure", "KubeletHasSufficientMemory"), ("DiskPressure", "KubeletHasNoDiskPressure"),
            ("PIDPressure", "KubeletHasSufficientPID"),
        ] where node.condition(type) == nil {
            node.setCondition(type, "False", at: now, ["reason": .string(reason)])
        }
        guard node.condition("Ready") == nil else { return }
        node.setCondition(
            "Ready",
            "True",
            at: now,
            ["reason": "KubeletReady", "message": "kubelet is posting ready status"]
        )
    }
}
