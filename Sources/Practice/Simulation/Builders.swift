/// An object to create, of a known kind.
package struct PracticeObject: Sendable {
    package var kind: ResourceKind
    package var value: JSONValue

    package init(kind: ResourceKind, value: JSONValue) {
        self.kind = kind
        self.value = value
    }
}

/// What the builders of workloads have in common.
package struct PracticePod: Sendable {
    package var cpu: String
    package var memory: String
    package var grace: Int
    package var labels: [String: String]
    package var annotations: [String: String]
    /// Further fields of the pod's spec.
    package var spec: JSONValue

    package init(
        cpu: String = "100m",
        memory: String = "128Mi",
        grace: Int = 30,
        labels: [String: String] = [:],
        annotations: [String: String] = [:],
        spec: JSONValue = [:]
    ) {
        (self.cpu, self.memory, self.grace) = (cpu, memory, grace)
        (self.labels, self.annotations, self.spec) = (labels, annotations, spec)
    }

    /// Required anti-affinity between the pods of an app.
    package static func apart(app: String, topologyKey: String = "kubernetes.io/hostname") -> JSONValue {
        [
            "affinity": [
                "podAntiAffinity": [
                    "requiredDuringSchedulingIgnoredDuringExecution": [
                        [
                            "labelSelector": ["matchLabels": ["app.kubernetes.io/name": .string(app)]],
                            "topologyKey": .string(topologyKey),
                        ]
                    ]
                ]
            ]
        ]
    }

    func template(app: String) -> JSONValue {
        var metadata: JSONValue = [
            "labels": JSONValue(labels.merging(["app.kubernetes.io/name": app]) { own, _ in own })
        ]
        if !annotations.isEmpty { metadata["annotations"] = JSONValue(annotations) }
        var spec: JSONValue = [
            "containers": [
                [
                    "name": .string(app), "image": .string("registry.example.com/\(app):1.4.2"),
                    "resources": [
                        "limits": ["memory": .string(memory)],
                        "requests": ["cpu": .string(cpu), "memory": .string(memory)],
                    ],
                ]
            ],
            "terminationGracePeriodSeconds": JSONValue(grace),
        ]
        for member in self.spec.object?.members ?? [] { spec[member.key] = member.value }
        return ["metadata": metadata, "spec": spec]
    }
}

extension PracticeObject {
    /// A machine, ready; its zone and host name become labels.
    package static func node(
        name: String,
        zone: String? = nil,
        cpu: String = "4",
        memory: String = "16Gi",
        pods: Int = 110,
        labels: [String: String] = [:],
        taints: [JSONValue] = [],
        address: String = "127.0.0.1",
        version: String = "v1.35.4"
    ) -> PracticeObject {
        var all = ["kubernetes.io/hostname": name, "kubernetes.io/os": "linux", "kubernetes.io/arch": "amd64"]
        all["topology.kubernetes.io/zone"] = zone
        all.merge(labels) { $1 }
        let capacity: JSONValue = [
            "cpu": .string(cpu), "ephemeral-storage": "100Gi", "memory": .string(memory), "pods": .string(String(pods)),
        ]
        return PracticeObject(
            kind: .node,
            value: [
                "metadata": ["name": .string(name), "labels": JSONValue(all)],
                "spec": taints.isEmpty ? [:] : ["taints": .array(taints)],
                "status": [
                    "capacity": capacity, "allocatable": capacity,
                    "addresses": [
                        ["type": "InternalIP", "address": .string(address)],
                        ["type": "Hostname", "address": .string(name)],
                    ],
                    "daemonEndpoints": ["kubeletEndpoint": ["Port": 10250]],
                    "nodeInfo": [
                        "kernelVersion": "6.1.0-29-amd64", "osImage": "Debian GNU/Linux 12 (bookworm)",
                        "containerRuntimeVersion": "containerd://1.7.24", "kubeletVersion": .string(version),
                        "operatingSystem": "linux", "architecture": "amd64",
                    ],
                ],
            ]
        )
    }

    package static func deployment(
        _ namespace: String,
        _ app: String,
        replicas: Int,
        pod: PracticePod = PracticePod()
    )
        -> PracticeObject
    {
        workload(.deployment, namespace, app, pod, ["replicas": JSONValue(replicas)])
    }

    package static func statefulSet(
        _ namespace: String,
        _ app: String,
        replicas: Int,
        parallel: Bool = false,
        pod: PracticePod = PracticePod()
    ) -> PracticeObject {
        workload(
            .statefulSet,
            namespace,
            app,
            pod,
            [
                "replicas": JSONValue(replicas), "serviceName": .string(app),
                "podManagementPolicy": parallel ? "Parallel" : "OrderedReady",
            ]
        )
    }

    package static func daemonSet(
        _ namespace: String,
        _ app: String,
        pod: PracticePod = PracticePod()
    )
        -> PracticeObject
    {
        workload(.daemonSet, namespace, app, pod, [:])
    }

    /// A job whose pods each work for `seconds`.
    package static func job(
        _ namespace: String,
        _ app: String,
        completions: Int = 1,
        parallelism: Int = 1,
        seconds: Int,
        pod: PracticePod = PracticePod()
    ) -> PracticeObject {
        var pod = pod
        pod.annotations[PracticeAnnotation.runSeconds] = String(seconds)
        pod.spec["restartPolicy"] = "Never"
        return workload(
            .job,
            namespace,
            app,
            pod,
            ["completions": JSONValue(completions), "parallelism": JSONValue(parallelism), "backoffLimit": 6]
        )
    }

    /// A budget over an app's pods; each rule as in the API, `2` or `25%`.
    package static func budget(
        _ namespace: String,
        _ app: String,
        minAvailable: JSONValue? = nil,
        maxUnavailable: JSONValue? = nil,
        unhealthyPodEvictionPolicy: String? = nil,
        name: String? = nil
    ) -> PracticeObject {
        var spec: JSONValue = ["selector": ["matchLabels": ["app.kubernetes.io/name": .string(app)]]]
        spec["minAvailable"] = minAvailable
        spec["maxUnavailable"] = maxUnavailable
        spec["unhealthyPodEvictionPolicy"] = unhealthyPodEvictionPolicy.map { .string($0) }
        return PracticeObject(
            kind: .budget,
            value: [
                "metadata": ["name": .string(name ?? app), "namespace": .string(namespace)], "spec": spec,
                "status": [
                    "disruptionsAllowed": 0, "currentHealthy": 0, "desiredHealthy": 0, "expectedPods": 0,
                ],
            ]
        )
    }

    private static func workload(
        _ kind: ResourceKind,
        _ namespace: String,
        _ app: String,
        _ pod: PracticePod,
        _ spec: JSONValue
    ) -> PracticeObject {
        var spec = spec
        if kind != .job { spec["selector"] = ["matchLabels": ["app.kubernetes.io/name": .string(app)]] }
        spec["template"] = pod.template(app: app)
        return PracticeObject(
            kind: kind,
            value: [
                "metadata": [
                    "name": .string(app), "namespace": .string(namespace),
                    "labels": ["app.kubernetes.io/name": .string(app)],
                ],
                "spec": spec, "status": [:],
            ]
        )
    }
}
