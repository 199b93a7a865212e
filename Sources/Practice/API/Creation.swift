import ClusterModel

/// Create.
extension PracticeCluster {
    mutating func create(
        _ kind: ResourceKind,
        _ namespace: String?,
        _ request: PracticeRequest
    ) throws(Refusal) -> PracticeResponse {
        let (key, object) = try placed(kind, namespace, try Self.body(request))
        try refuseInTerminatingNamespace(key, kind)
        guard store[kind, key] == nil else { throw .exists(kind, key.name) }
        try Self.validate(kind, key, object)
        let complete = defaulted(kind, object)
        let isDryRun = Self.isDryRun([:], request)
        let created = isDryRun ? prepared(kind, complete).object : insert(kind, complete)
        return .json(Self.wire(kind, apiVersion(of: kind, request), created), status: 201)
    }

    /// The object with its namespace and name, without what only the server may set.
    private mutating func placed(
        _ kind: ResourceKind,
        _ namespace: String?,
        _ object: JSONValue
    ) throws(Refusal) -> (key: ObjectKey, object: JSONValue) {
        var object = object
        if kind.isNamespaced {
            let own = object["metadata", "namespace"]?.string ?? namespace ?? "default"
            guard namespace == nil || own == namespace else { throw .otherNamespace }
            object["metadata", "namespace"] = .string(own)
            guard store[.namespace, ObjectKey(name: own)] != nil else { throw .notFound(.namespace, own) }
        }
        if object["metadata", "name"] == nil, let base = object["metadata", "generateName"]?.string {
            object["metadata", "name"] = .string(base + random.nameSuffix())
        }
        for field in ["resourceVersion", "uid", "generation", "creationTimestamp", "deletionTimestamp"] {
            object["metadata", field] = nil
        }
        let key = key(of: kind, object)
        guard !key.name.isEmpty else {
            let text = "Required value: name or generateName is required"
            throw .invalid(kind, "", field: "metadata.name", text, cause: "FieldValueRequired")
        }
        return (key, object)
    }

    private func defaulted(_ kind: ResourceKind, _ object: JSONValue) -> JSONValue {
        var object = object
        switch kind {
        case .pod: return defaulted(pod: object)
        case .budget:
            object["status"] = ["disruptionsAllowed": 0, "currentHealthy": 0, "desiredHealthy": 0, "expectedPods": 0]
        case .persistentVolumeClaim:
            let isBound = object["spec", "volumeName"]?.string?.isEmpty == false
            object["status"] = ["phase": isBound ? "Bound" : "Pending"]
        case .namespace:
            object["spec"] = ["finalizers": ["kubernetes"]]
            object["status"] = ["phase": "Active"]
        case .deployment, .replicaSet, .statefulSet, .replicationController:
            if object["spec", "replicas"] == nil { object["spec", "replicas"] = 1 }
            object["status"] = [:]
        default: break
        }
        return object
    }

    func refuseInTerminatingNamespace(_ key: ObjectKey, _ kind: ResourceKind) throws(Refusal) {
        guard kind.isNamespaced,
            store[.namespace, ObjectKey(name: key.namespace)]?["metadata", "deletionTimestamp"] != nil
        else { return }
        var details = Refusal.details(kind, key.name)
        details["causes"] = [
            [
                "reason": "NamespaceTerminating",
                "message": .string("namespace \(key.namespace) is being terminated"), "field": "metadata.namespace",
            ]
        ]
        throw Refusal(
            403,
            "Forbidden",
            "\(kind.qualifiedPlural) \"\(key.name)\" is forbidden: unable to create new content in namespace "
                + "\(key.namespace) because it is being terminated",
            details: details
        )
    }
}
