import ClusterModel

extension PracticeCluster {
    mutating func patch(
        _ kind: ResourceKind,
        _ key: ObjectKey,
        _ part: String?,
        _ request: PracticeRequest
    )
        throws(Refusal) -> PracticeResponse
    {
        let type = (request.header("Content-Type") ?? "").split(separator: ";").first.map(String.init) ?? ""
        guard let format = PatchFormat(rawValue: type) else { throw .unsupportedMediaType }
        guard let old = store[kind, key] else { throw .notFound(kind, key.name) }
        let body = try Self.body(request)
        let new = try format.apply(body, to: old)
        let uid = old["metadata", "uid"]?.string ?? ""
        if let wanted = new["metadata", "uid"]?.string, wanted != uid {
            throw .invalid(
                kind,
                key.name,
                field: "metadata.uid",
                "Invalid value: \"\(wanted)\": field is immutable",
                twice: true
            )
        }
        let revision = new["metadata", "resourceVersion"]
        guard revision == nil || revision == old["metadata", "resourceVersion"] else { throw .stale(kind, key.name) }
        return try finish(kind, key, part, old: old, new: new, request)
    }
}

/// The three ways to say what shall change in an object.
package enum PatchFormat: String, Sendable {
    case merge = "application/merge-patch+json"
    case strategic = "application/strategic-merge-patch+json"
    case json = "application/json-patch+json"

    func apply(_ patch: JSONValue, to object: JSONValue) throws(Refusal) -> JSONValue {
        switch self {
        case .merge: return MergePatch.apply(patch, to: object)
        case .strategic: return StrategicPatch.apply(patch, to: object)
        case .json: return try JSONPatch.apply(patch, to: object)
        }
    }
}

/// RFC 7396: objects merge, null removes, everything else replaces.
enum MergePatch {
    static func apply(_ patch: JSONValue, to target: JSONValue?) -> JSONValue {
        guard let members = patch.object?.members else { return patch }
        var result = target?.object ?? JSONObject()
        for (key, value) in members {
            result[key] = value.isNull ? nil : apply(value, to: result[key])
        }
        return .object(result)
    }
}

/// Kubernetes' strategic merge: as a merge patch, but lists of named things merge by their key.
///
/// Merge keys as in the `patchMergeKey` tags of the Kubernetes API types; `taints` and `tolerations` have none.
enum StrategicPatch {
    private static let mergeKeys = [
        "conditions": "type", "addresses": "type", "containers": "name", "initContainers": "name", "env": "name",
        "volumes": "name", "volumeMounts": "mountPath", "ownerReferences": "uid", "imagePullSecrets": "name",
    ]

    static func apply(_ patch: JSONValue, to target: JSONValue?) -> JSONValue {
        guard let members = patch.object?.members else { return patch }
        if patch["$patch"]?.string == "replace" { return without("$patch", patch) }
        var result = target?.object ?? JSONObject()
        for (key, value) in members where !key.hasPrefix("$") {
            if value.isNull || value["$patch"]?.string == "delete" {
                result[key] = nil
            } else if let list = value.array {
                result[key] = .array(merge(list, into: result[key]?.array ?? [], key))
            } else {
                result[key] = apply(value, to: result[key])
            }
        }
        return removing(patch, from: result)
    }

    /// `$deleteFromPrimitiveList/FIELD` takes members out of a list of strings.
    private static func removing(_ patch: JSONValue, from result: JSONObject) -> JSONValue {
        var result = result
        let prefix = "$deleteFromPrimitiveList/"
        for (key, value) in patch.object?.members ?? [] where key.hasPrefix(prefix) {
            let field = String(key.dropFirst(prefix.count))
            let left = (result[field]?.array ?? []).filter { !(value.array ?? []).contains($0) }
            result[field] = left.isEmpty ? nil : .array(left)
        }
        return .object(result)
    }

    private static func merge(_ patch: [JSONValue], into old: [JSONValue], _ field: String) -> [JSONValue] {
        if field == "finalizers" { return old + patch.filter { !old.contains($0) } }
        guard let mergeKey = mergeKeys[field], !patch.contains(where: { $0["$patch"]?.string == "replace" }) else {
            return patch.filter { $0["$patch"]?.string != "replace" }
        }
        var result = old
        for element in patch {
            let index = result.firstIndex { $0[mergeKey] == element[mergeKey] }
            switch (index, element["$patch"]?.string) {
            case (let index?, "delete"): result.remove(at: index)
            case (nil, "delete"): break
            case (let index?, _): result[index] = apply(element, to: result[index])
            case (nil, _): result.append(element)
            }
        }
        return result
    }

    private static func without(_ key: String, _ value: JSONValue) -> JSONValue {
        var value = value
        value[key] = nil
        return value
    }
}
