import ClusterModel

/// Delete, with its preconditions.
extension PracticeCluster {
    mutating func delete(
        _ kind: ResourceKind,
        _ key: ObjectKey,
        _ request: PracticeRequest
    ) throws(Refusal)
        -> PracticeResponse
    {
        let options = request.body.isEmpty ? [:] : try Self.body(request)
        guard var object = store[kind, key] else { throw .notFound(kind, key.name) }
        try check(options["preconditions"], kind, key, object)
        let version = apiVersion(of: kind, request)
        if kind == .pod {
            let grace =
                options["gracePeriodSeconds"]?.integer ?? request.parameter("gracePeriodSeconds").flatMap { Int($0) }
            if !Self.isDryRun(options, request) { deletePod(key, grace: grace) }
            return .json(Self.wire(kind, version, store[kind, key] ?? object))
        }
        let waits = kind == .namespace || !(object["metadata", "finalizers"]?.array ?? []).isEmpty
        if waits {
            object["metadata", "deletionTimestamp"] = .string(now.rfc3339)
            if kind == .namespace { object["status", "phase"] = "Terminating" }
            if !Self.isDryRun(options, request) { object = write(kind, key, object) }
            return .json(Self.wire(kind, version, object))
        }
        if !Self.isDryRun(options, request) { erase(kind, key) }
        var details = Refusal.details(kind, key.name)
        details["uid"] = object["metadata", "uid"]
        return .json(["kind": "Status", "apiVersion": "v1", "metadata": [:], "status": "Success", "details": details])
    }

    /// The preconditions of a deletion: the UID and the resourceVersion that the caller means.
    func check(
        _ preconditions: JSONValue?,
        _ kind: ResourceKind,
        _ key: ObjectKey,
        _ object: JSONValue
    )
        throws(Refusal)
    {
        if let uid = preconditions?["uid"]?.string, let real = object["metadata", "uid"]?.string, uid != real {
            throw .precondition(
                kind,
                key.name,
                "the UID in the precondition (\(uid)) does not match the UID in record (\(real)). "
                    + "The object might have been deleted and then recreated"
            )
        }
        if let revision = preconditions?["resourceVersion"]?.string,
            let real = object["metadata", "resourceVersion"]?.string, revision != real
        {
            throw .precondition(
                kind,
                key.name,
                "the ResourceVersion in the precondition (\(revision)) does not match the ResourceVersion in record "
                    + "(\(real)). The object might have been modified"
            )
        }
    }
}
