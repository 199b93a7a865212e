import Practice

/// Objects as the tests make them.
enum Made {
    static func spec(_ extra: JSONValue = [:], requests: JSONValue = [:], ports: [JSONValue] = []) -> JSONValue {
        var container: JSONValue = ["name": "main", "image": "registry.example.com/app:1"]
        if requests.object?.isEmpty == false { container["resources"] = ["requests": requests] }
        if !ports.isEmpty { container["ports"] = .array(ports) }
        var spec: JSONValue = ["terminationGracePeriodSeconds": 1, "containers": [container]]
        // A real machine; other tests' nodes, which have no such label, come and go.
        spec["nodeSelector"] = ["kubernetes.io/os": "linux"]
        for member in extra.object?.members ?? [] { spec[member.key] = member.value }
        return spec
    }

    static func pod(_ name: String, app: String = "app", labels: JSONValue = [:], spec: JSONValue) -> JSONValue {
        var all: JSONValue = ["app": .string(app)]
        for member in labels.object?.members ?? [] { all[member.key] = member.value }
        return ["metadata": ["name": .string(name), "labels": all], "spec": spec]
    }

    static func template(_ app: String, _ spec: JSONValue) -> JSONValue {
        ["metadata": ["labels": ["app": .string(app)]], "spec": spec]
    }

    static func workload(
        _ app: String,
        replicas: Int?,
        spec: JSONValue = Made.spec(),
        more: JSONValue = [:]
    ) -> JSONValue {
        var own: JSONValue = ["selector": ["matchLabels": ["app": .string(app)]], "template": template(app, spec)]
        if let replicas { own["replicas"] = JSONValue(replicas) }
        for member in more.object?.members ?? [] { own[member.key] = member.value }
        return ["metadata": ["name": .string(app)], "spec": own]
    }

    static func budget(_ name: String, app: String = "app", _ rule: JSONValue) -> JSONValue {
        var spec: JSONValue = ["selector": ["matchLabels": ["app": .string(app)]]]
        for member in rule.object?.members ?? [] { spec[member.key] = member.value }
        return ["metadata": ["name": .string(name)], "spec": spec]
    }

    static func node(
        _ name: String,
        labels: JSONValue = [:],
        taints: [JSONValue] = [],
        resources: JSONValue = [:],
        unschedulable: Bool = false
    ) -> JSONValue {
        var all: JSONValue = ["kubernetes.io/hostname": .string(name)]
        for member in labels.object?.members ?? [] { all[member.key] = member.value }
        var capacity: JSONValue = ["cpu": "4", "memory": "8Gi", "pods": "20"]
        for member in resources.object?.members ?? [] { capacity[member.key] = member.value }
        var spec: JSONValue = [:]
        if !taints.isEmpty { spec["taints"] = .array(taints) }
        if unschedulable { spec["unschedulable"] = true }
        return [
            "metadata": ["name": .string(name), "labels": all], "spec": spec,
            "status": [
                "capacity": capacity, "allocatable": capacity,
                "conditions": [["type": "Ready", "status": "True", "reason": "KubeletReady"]],
                "addresses": [["type": "InternalIP", "address": "127.0.0.9"]],
                "nodeInfo": [
                    "kubeletVersion": "v1.20.2", "bootID": "b", "machineID": "", "systemUUID": "",
                    "kernelVersion": "6.1", "osImage": "Debian", "containerRuntimeVersion": "fake://1",
                    "kubeProxyVersion": "v1.20.2", "operatingSystem": "linux", "architecture": "amd64",
                ],
            ],
        ]
    }
}

extension ContractServer {
    /// A node that no machine stands behind, for as long as `body` runs; unschedulable, so that nobody else's pods land
    /// on it, unless said otherwise.
    func withNode(_ name: String, _ node: JSONValue? = nil, _ body: (JSONValue) async throws -> Void) async throws {
        let made = try await create("/api/v1/nodes", node ?? Made.node(name, unschedulable: true))
        let outcome: Result<Void, any Error>
        do { outcome = .success(try await body(made)) } catch { outcome = .failure(error) }
        _ = try? await send("DELETE", "/api/v1/nodes/\(name)")
        try outcome.get()
    }

    func evict(
        _ namespace: String,
        _ pod: String,
        _ options: JSONValue? = nil,
        query: String = ""
    ) async throws -> Answer {
        var body: JSONValue = [
            "apiVersion": .string(policy), "kind": "Eviction",
            "metadata": ["name": .string(pod), "namespace": .string(namespace)],
        ]
        body["deleteOptions"] = options
        return try await send("POST", "/api/v1/namespaces/\(namespace)/pods/\(pod)/eviction\(query)", body)
    }

    func path(_ namespace: String, _ plural: String) -> String {
        let groups = [
            "deployments": "apps/v1", "replicasets": "apps/v1", "statefulsets": "apps/v1", "daemonsets": "apps/v1",
            "jobs": "batch/v1", "poddisruptionbudgets": policy, "leases": "coordination.k8s.io/v1",
        ]
        return groups[plural].map { "/apis/\($0)/namespaces/\(namespace)/\(plural)" }
            ?? "/api/v1/namespaces/\(namespace)/\(plural)"
    }

    /// Waits until so many pods of the app are ready, and answers them.
    @discardableResult
    func ready(_ count: Int, _ app: String, in namespace: String) async throws -> [JSONValue] {
        let pods = try await until(
            "\(count) ready pods of \(app)",
            path(namespace, "pods") + "?labelSelector=app%3D\(app)"
        ) {
            $0.count { $0.isReady } == count
        }
        return pods.filter(\.isReady)
    }
}
