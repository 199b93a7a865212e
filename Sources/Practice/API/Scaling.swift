/// The subresource `scale`: the replicas of a workload, whatever its kind.
extension PracticeCluster {
    mutating func scale(
        _ kind: ResourceKind,
        _ key: ObjectKey,
        _ request: PracticeRequest
    ) throws(Refusal) -> PracticeResponse {
        guard let object = store[kind, key] else { throw .notFound(kind, key.name) }
        let present = Self.scale(of: object)
        if request.method == "GET" { return .json(present) }
        let wanted = try wantedScale(present, request)
        guard let replicas = wanted["spec", "replicas"]?.integer, replicas >= 0 else {
            throw .invalid(kind, key.name, field: "spec.replicas", "Invalid value: must be greater than or equal to 0")
        }
        let revision = wanted["metadata", "resourceVersion"]
        guard revision == nil || revision == object["metadata", "resourceVersion"] else { throw .stale(kind, key.name) }
        if !Self.isDryRun([:], request) { update(kind, key) { $0["spec", "replicas"] = JSONValue(replicas) } }
        return .json(Self.scale(of: store[kind, key] ?? object))
    }

    private func wantedScale(_ present: JSONValue, _ request: PracticeRequest) throws(Refusal) -> JSONValue {
        switch request.method {
        case "PUT": return try Self.body(request)
        case "PATCH":
            let type = (request.header("Content-Type") ?? "").split(separator: ";").first.map(String.init) ?? ""
            guard let format = PatchFormat(rawValue: type) else { throw .unsupportedMediaType }
            return try format.apply(try Self.body(request), to: present)
        default: throw .methodNotAllowed
        }
    }

    private static func scale(of object: JSONValue) -> JSONValue {
        var metadata: JSONValue = [:]
        for field in ["name", "namespace", "uid", "resourceVersion", "creationTimestamp"] {
            metadata[field] = object["metadata", field]
        }
        return [
            "kind": "Scale", "apiVersion": "autoscaling/v1", "metadata": metadata,
            "spec": ["replicas": object["spec", "replicas"] ?? 1],
            "status": ["replicas": object["status", "replicas"] ?? 0],
        ]
    }
}
