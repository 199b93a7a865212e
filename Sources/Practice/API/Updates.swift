import ClusterModel

/// Replace, and how every update ends.
extension PracticeCluster {
    static func body(_ request: PracticeRequest) throws(Refusal) -> JSONValue {
        do {
            return try JSONValue(parsing: request.body)
        } catch {
            throw .badRequest(error.description)
        }
    }

    mutating func replace(
        _ kind: ResourceKind,
        _ key: ObjectKey,
        _ part: String?,
        _ request: PracticeRequest
    ) throws(Refusal) -> PracticeResponse {
        let object = try Self.body(request)
        let name = object["metadata", "name"]?.string ?? ""
        guard name == key.name else {
            throw .badRequest("the name of the object (\(name)) does not match the name on the URL (\(key.name))")
        }
        guard let old = store[kind, key] else { throw .notFound(kind, key.name) }
        try Self.validateTimes(kind, object)
        try Self.refuseStale(kind, key, old: old, new: object)
        return try finish(kind, key, part, old: old, new: object, request)
    }

    /// The revision and the UID that a replacement names must be the present ones; only leases must name a revision.
    private static func refuseStale(
        _ kind: ResourceKind,
        _ key: ObjectKey,
        old: JSONValue,
        new: JSONValue
    ) throws(Refusal) {
        let revision = new["metadata", "resourceVersion"]?.string ?? ""
        if revision.isEmpty, kind == .lease {
            let text = "Invalid value: 0: must be specified for an update"
            throw .invalid(kind, key.name, field: "metadata.resourceVersion", text, plural: true)
        }
        guard revision.isEmpty || revision == old["metadata", "resourceVersion"]?.string else {
            throw .stale(kind, key.name)
        }
        guard let uid = new["metadata", "uid"]?.string, let real = old["metadata", "uid"]?.string, uid != real else {
            return
        }
        let text = "Precondition failed: UID in precondition: \(uid), UID in object meta: \(real)"
        throw .precondition(kind, key.name, text)
    }

    /// What every update ends with: fixed metadata, the right half of the object, validation, the write.
    mutating func finish(
        _ kind: ResourceKind,
        _ key: ObjectKey,
        _ part: String?,
        old: JSONValue,
        new: JSONValue,
        _ request: PracticeRequest
    ) throws(Refusal) -> PracticeResponse {
        var object = Self.merged(kind, part, old: old, new: new)
        let warnings = try Self.dropUnknownFields(kind, &object, request)
        do throws(Refusal) {
            try Self.validate(kind, key, object)
        } catch {
            var refusal = error
            refusal.warnings = warnings
            throw refusal
        }
        var response = PracticeResponse.json(
            Self.wire(
                kind,
                apiVersion(of: kind, request),
                Self.isDryRun([:], request) ? object : write(kind, key, object)
            )
        )
        for warning in warnings { response.headers.append(("Warning", warning)) }
        finishFinalized(kind, key)
        return response
    }

    /// An object that was only waiting for its finalizers goes with the last of them.
    private mutating func finishFinalized(_ kind: ResourceKind, _ key: ObjectKey) {
        guard let object = store[kind, key], object["metadata", "deletionTimestamp"] != nil, kind != .namespace,
            (object["metadata", "finalizers"]?.array ?? []).isEmpty
        else { return }
        if kind != .pod || (object["metadata", "deletionGracePeriodSeconds"]?.integer ?? 0) == 0 { erase(kind, key) }
    }

    private static func merged(_ kind: ResourceKind, _ part: String?, old: JSONValue, new: JSONValue) -> JSONValue {
        var object = new
        object["kind"] = nil
        object["apiVersion"] = nil
        if part == "status" {
            object = old
            object["status"] = new["status"]
        } else if kind.hasStatus {
            object["status"] = old["status"]
        }
        for field in [
            "name", "namespace", "uid", "creationTimestamp", "generation", "deletionTimestamp",
            "deletionGracePeriodSeconds",
        ] {
            object["metadata", field] = old["metadata", field]
        }
        for field in ["annotations", "labels"] where object["metadata", field]?.object?.isEmpty == true {
            object["metadata", field] = nil
        }
        if kind == .node {
            if object["spec", "unschedulable"]?.bool != true { object["spec", "unschedulable"] = nil }
            if object["spec", "taints"]?.array?.isEmpty == true { object["spec", "taints"] = nil }
        }
        return object
    }
}
